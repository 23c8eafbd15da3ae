/** Where `${env:NAME}` and `${file:PATH}` get their values. */
export interface ReferenceSources {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The content of each file that is referred to, or why it cannot be read. */
  readonly files: ReadonlyMap<string, string | Error>
}

export interface Substitution {
  readonly text: string
  /** Whether anything was put in. */
  readonly isChanged: boolean
  readonly complaints: readonly string[]
}

const pattern = /\$\$\{|\$\{([^{}]*)\}|\$\{/g

/**
 * Puts in what `${env:NAME}` and `${file:PATH}` stand for, once: what is put in is not looked at again. `$${` stands for a
 * plain `${`. The line break at a file's end is no part of its value.
 */
export function substitute(text: string, sources: ReferenceSources): Substitution {
  if (!text.includes('${')) return { text, isChanged: false, complaints: [] }
  const complaints: string[] = []
  let isChanged = false
  const result = text.replaceAll(pattern, (whole, reference: string | undefined) => {
    if (whole === '$${') return '${'
    const value = resolve(reference ?? '', sources)
    isChanged = true
    if (typeof value === 'string') return value
    complaints.push(value.complaint)
    return ''
  })
  return { text: result, isChanged, complaints }
}

function resolve(reference: string, sources: ReferenceSources): string | { readonly complaint: string } {
  const cut = reference.indexOf(':')
  const kind = reference.slice(0, cut)
  const name = reference.slice(cut + 1).trim()
  if (kind === 'env' && name !== '')
    return sources.environment[name] ?? { complaint: `The environment variable ${name} is not set.` }
  if (kind === 'file' && name !== '') return fileValue(name, sources.files.get(name))
  return { complaint: 'Expected ${env:NAME} or ${file:PATH}; a plain ${ is written $${.' }
}

function fileValue(path: string, content: string | Error | undefined): string | { readonly complaint: string } {
  if (typeof content === 'string') return content.replace(/\r?\n$/, '')
  return { complaint: `The file ${path} cannot be read${reasonOf(content)}.` }
}

/** The system's word for it, in brackets: ` (ENOENT)`. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
}

/** The paths in all `${file:PATH}` of a text. */
export function referredFiles(text: string): readonly string[] {
  return [...text.matchAll(pattern)]
    .map((match) => match[1] ?? '')
    .filter((reference) => reference.startsWith('file:'))
    .map((reference) => reference.slice('file:'.length).trim())
}
