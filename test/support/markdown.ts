/** A fenced block: the words after the fence are its language and its marks. */
export interface CodeBlock {
  readonly language: string
  readonly marks: readonly string[]
  readonly code: string
}

const BLOCK = /^```([^\n`]*)\n([\s\S]*?)^```\s*$/gm

export const codeBlocks = (markdown: string): CodeBlock[] =>
  [...markdown.matchAll(BLOCK)].map(([, words, code]) => {
    const [language = '', ...marks] = words!.trim().split(/\s+/)
    return { language, marks, code: code! }
  })

/** What is outside fenced blocks. */
export const textOf = (markdown: string): string => markdown.replace(BLOCK, '')

/** Targets of links and pictures outside code. */
export const links = (markdown: string): string[] => [...textOf(markdown).replace(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!)

/** Anchors that headings get on the web. */
export const headings = (markdown: string): string[] =>
  [...textOf(markdown).matchAll(/^#+ (.*)$/gm)].map((match) => match[1]!.trim().toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'))

/** Cells of all tables, row by row. */
export const tableRows = (markdown: string): string[][] =>
  textOf(markdown).split('\n').filter((line) => line.startsWith('|')).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()))
