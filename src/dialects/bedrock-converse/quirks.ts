/** How a provider that speaks Bedrock's Converse API departs from it. */
export interface BedrockConverseQuirks {
  /**
   * A model whose habits the deployment's model has, where its name does not say, such as `claude-sonnet-4-5`: for the
   * ARNs of application inference profiles, imported models and provisioned throughput.
   */
  readonly behavesLike?: string | undefined
}
