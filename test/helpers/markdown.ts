/** A fenced block of a page. */
export interface CodeBlock {
  /** The word behind the fence: `yaml`, `sh`; empty when there is none. */
  readonly language: string
  readonly text: string
  /** Line of its first line, from 1. */
  readonly line: number
}

export function codeBlocks(page: string): readonly CodeBlock[] {
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language = '', 2: text = '', index }) => ({
    language,
    text,
    line: page.slice(0, index).split('\n').length + 1,
  }))
}

/** Targets of links, as they are written; none inside code. */
export function links(page: string): readonly string[] {
  const text = withoutBlocks(page).replaceAll(/`[^`\n]*`/g, '')
  return [...text.matchAll(/\[[^\]]*\]\(([^()\s]+)\)/g)].map(([, target = '']) => target)
}

/** What stands between single backquotes. */
export function inlineCode(page: string): readonly string[] {
  return [...withoutBlocks(page).matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text)
}

/** Names that links can lead to behind `#`, one for each heading. */
export function anchors(page: string): readonly string[] {
  return [...withoutBlocks(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Cells of every table row that has this many, without rulers. */
export function tableRows(page: string, cells: number): readonly (readonly string[])[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.endsWith(' |'))
    .map((line) => line.slice(2, -2).split(' | '))
    .filter((row) => row.length === cells)
}

function withoutBlocks(page: string): string {
  return page.replaceAll(/^```\w*\n.*?^```$/gms, '')
}
