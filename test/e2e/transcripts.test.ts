import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { play } from '../helpers/play.ts'
import { parseTranscripts } from '../helpers/transcript.ts'

const folder = new URL('transcripts/', import.meta.url).pathname

for (const file of globSync(`${folder}*.txt`).toSorted()) {
  const name = basename(file, '.txt')
  for (const transcript of parseTranscripts(readFileSync(file, 'utf8')))
    test(`${name}: ${transcript.title}`, (t) => play(t, transcript))
}
