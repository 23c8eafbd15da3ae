/**
 * The environment of a process that the test kills: were it killed while it writes down what it has run through, as it does
 * under `--coverage`, nothing could be reported at all.
 */
export function uncovered(): NodeJS.ProcessEnv {
  // Left out, Node would put it back.
  return { ...process.env, NODE_V8_COVERAGE: '' }
}
