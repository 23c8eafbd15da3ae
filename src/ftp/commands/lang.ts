import { defineCommand, SyntaxProblem, type ArgumentParser } from './define.ts'

const tag: ArgumentParser<string | null> = (text) => {
  if (text !== null && !/^[a-z]{1,8}(-[a-z0-9]{1,8})*$/i.test(text)) throw new SyntaxProblem()
  return text?.toLowerCase() ?? null
}

/** LANG: the language of replies. RFC 2640 §4. */
export const lang = defineCommand({
  verb: 'LANG',
  summary: 'Choose the language of replies.',
  usage: '[tag]',
  source: 'RFC 2640',
  access: 'open',
  argument: tag,
  features: () => ['LANG EN*'],
  run: ({ say }, tag) =>
    tag === null || tag === 'en' || tag.startsWith('en-') ? say.language() : say.languageUnknown(),
})
