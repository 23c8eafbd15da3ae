import { execFileSync } from 'node:child_process'
import { chownSync, linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Scale } from '../options.ts'
import { diskRows } from '../rows/index.ts'
import { diskServers } from '../servers/index.ts'
import { benchUser, type Workspace } from '../workspace.ts'
import type { BenchStorage } from './storage.ts'

/** Folders in memory (tmpfs), one for each server. */
export const disk: BenchStorage = {
  rows: diskRows,
  servers: diskServers,
  async open(workspace, scale) {
    const offer = makeOffer(workspace, scale)
    const homes = new Map<string, string>()
    return {
      about: null,
      bucket: null,
      home(name) {
        const home = homes.get(name) ?? linkedHome(offer, join(workspace.serverFolder(name), 'home'))
        homes.set(name, home)
        return home
      },
      async emptyUploads(name) {
        const folder = join(workspace.serverFolder(name), 'home', 'up')
        for (const file of readdirSync(folder)) rmSync(join(folder, file), { recursive: true })
      },
      async close() {}, // goes with the workspace
    }
  },
}

/** The files that all servers offer: one copy, linked into every home, so that no server has them nearer. */
function makeOffer(workspace: Workspace, scale: Scale): string {
  const offer = workspace.serverFolder('offer')
  const fill = (folder: string, count: number, bytes: number) => {
    const content = Buffer.alloc(bytes, 's')
    mkdirSync(join(offer, folder), { recursive: true })
    for (let index = 0; index < count; index++) writeFileSync(join(offer, folder, String(index)), content)
  }
  fill('small', scale.smallFiles, 4096)
  fill('medium', scale.filesPerSession, 2 * 1024 ** 2)
  fill('many', scale.folderEntries, 1)
  linkSync(workspace.largeFile, join(offer, 'large.bin'))
  return offer
}

function linkedHome(offer: string, home: string): string {
  mkdirSync(join(home, 'up'), { recursive: true })
  execFileSync('cp', ['--archive', '--link', `${offer}/.`, home])
  if (process.getuid?.() === 0) for (const path of [home, join(home, 'up')]) chownSync(path, benchUser.id, benchUser.id)
  return home
}
