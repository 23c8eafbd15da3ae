import type { Tree } from './tree.ts'

/** Fills in whole sections that the file leaves out, so that an empty one works. */
export function fillIn(tree: Tree): void {
  tree['listeners'] ??= [
    { port: 2121, tls: 'explicit', clearLogin: 'loopback' },
    { port: 2990, tls: 'implicit' },
  ]
  tree['storages'] ??= { files: { driver: 'disk', directory: './data' } }
}
