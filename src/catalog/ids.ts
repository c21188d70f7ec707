/** The ids of our rows that models.dev writes otherwise, or does not tell apart. */
export const modelsDevIds: Readonly<Record<string, string>> = {
  'azure-ai': 'azure-cognitive-services',
  'azure-anthropic': 'azure',
  bedrock: 'amazon-bedrock',
  'bedrock-mantle': 'amazon-bedrock',
  codestral: 'mistral',
  fireworks: 'fireworks-ai',
  moonshot: 'moonshotai',
  'moonshot-cn': 'moonshotai-cn',
  novita: 'novita-ai',
  snowflake: 'snowflake-cortex',
  together: 'togetherai',
  vertex: 'google-vertex',
  'vertex-anthropic': 'google-vertex-anthropic',
  'vertex-openapi': 'google-vertex',
  wafer: 'wafer.ai',
}
