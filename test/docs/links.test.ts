import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const pages = [
  'README.md',
  'THIRD-PARTY-NOTICES.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
]

test.each(pages)('%s links to what is there', (page) => {
  expect(linksOf(read(page)).filter((link) => !leads(page, link))).toEqual([])
})

test('each page is reached from the README', () => {
  const reached = new Set(['README.md'])
  // A set that grows while it is walked.
  for (const page of reached) {
    if (!page.endsWith('.md')) continue
    for (const link of linksOf(read(page))) if (!isElsewhere(link)) reached.add(targetOf(page, link.split('#')[0]!))
  }
  const folders = [...reached].filter((path) => path.endsWith('/'))
  const unreached = pages.filter((page) => !reached.has(page) && !folders.some((folder) => page.startsWith(folder)))
  expect(unreached).toEqual([])
})

test('links and anchors are found as a reader finds them', () => {
  const text = [
    '# A & B: `c`',
    'See [one](x.md#y), [two](#a--b-c).',
    '## Twice',
    '## Twice',
    '```',
    '[no](z)',
    '# no',
    '```',
  ]
  expect(linksOf(text.join('\n'))).toEqual(['x.md#y', '#a--b-c'])
  expect(anchorsOf(text.join('\n'))).toEqual(['a--b-c', 'twice', 'twice-1'])
})

/** Whether a link leads somewhere. Addresses elsewhere are not asked: a test needs no network. */
function leads(page: string, link: string): boolean {
  if (isElsewhere(link)) return URL.canParse(link)
  const [file = '', anchor] = link.split('#')
  const target = targetOf(page, file)
  if (!existsSync(join(root, target))) return false
  return anchor === undefined || anchorsOf(read(target)).includes(anchor)
}

function isElsewhere(link: string): boolean {
  return /^[a-z]+:/.test(link)
}

/** The path from the root of what a page links to. */
function targetOf(page: string, file: string): string {
  return file === '' ? page : normalize(join(dirname(page), file))
}

function linksOf(markdown: string): readonly string[] {
  return [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!)
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(markdown: string): readonly string[] {
  const times = new Map<string, number>()
  return [...withoutCode(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
    const anchor = heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
    const count = times.get(anchor) ?? 0
    times.set(anchor, count + 1)
    return count === 0 ? anchor : `${anchor}-${count}`
  })
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```/gm, '')
}

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}
