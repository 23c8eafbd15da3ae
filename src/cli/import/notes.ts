/** What becomes of one setting of the old tool. */
export interface Note {
  readonly kind: 'kept' | 'changed' | 'dropped' | 'refused'
  /** `SECTION.key`, or a section alone. */
  readonly setting: string
  readonly sentence: string
}

const headings: Readonly<Record<Note['kind'], string>> = {
  refused: 'Refused',
  changed: 'Works otherwise now',
  dropped: 'No longer needed',
  kept: 'Taken over',
}

/** The report for a person: what was refused first, what stayed as it was last. */
export function formatNotes(notes: readonly Note[]): string {
  const kinds = Object.keys(headings) as readonly Note['kind'][]
  return kinds
    .map((kind) => ({ kind, found: notes.filter((note) => note.kind === kind) }))
    .filter(({ found }) => found.length > 0)
    .map(({ kind, found }) =>
      [`${headings[kind]}:`, ...found.map(({ setting, sentence }) => `  ${setting}: ${sentence}`)].join('\n'),
    )
    .join('\n\n')
}

/** Collects notes while a file is read. */
export interface Notebook {
  readonly notes: readonly Note[]
  note(kind: Note['kind'], setting: string, sentence: string): void
}

export function notebook(): Notebook {
  const notes: Note[] = []
  return { notes, note: (kind, setting, sentence) => void notes.push({ kind, setting, sentence }) }
}
