/** How the examples write to a terminal. Colour only where somebody looks and has not refused it. */
import type { Trace } from 'zerohop'

const colour = process.stdout.isTTY && !process.env['NO_COLOR']
const paint =
  (code: number) =>
  (text: string): string =>
    colour ? `\x1b[${code}m${text}\x1b[0m` : text

export const bold: (text: string) => string = paint(1)
export const dim: (text: string) => string = paint(2)
export const red: (text: string) => string = paint(31)
export const green: (text: string) => string = paint(32)

export function title(text: string): void {
  console.log(`\n${bold(text)}`)
}

export function dollars(amount: number | undefined): string {
  return amount === undefined ? 'unknown' : `$${amount.toFixed(6)}`
}

export function milliseconds(time: number): string {
  return `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`
}

/** Prints rows in columns as wide as their widest cell. The first row is the heading. */
export function table(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  for (const [index, row] of rows.entries()) {
    const line = row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('   ')
      .trimEnd()
    console.log(`  ${index === 0 ? dim(line) : line}`)
  }
}

/** Prints the attempts of a call, one after the other. */
export function timeline({ attempts, startedAt, fallbacks, duration = 0 }: Trace): void {
  for (const { number, deployment, startedAt: at, status, code, message = '', duration: took = 0 } of attempts) {
    const what = status === 'completed' ? green('answered') : red(code ?? status)
    console.log(
      `  ${`+${at - startedAt} ms`.padStart(8)}  ${number}. ${deployment}  ${what} after ${took} ms  ${dim(message)}`,
    )
  }
  const way = fallbacks.map(({ from, to, because }) => `, from "${from}" on to "${to}" for ${because}`)
  console.log(`  ${`+${duration} ms`.padStart(8)}  done${way.join('')}`)
}
