// Computes bcrypt beside the event loop, which it would block for 100 ms at a time.
import { parentPort } from 'node:worker_threads'
import { compareSync } from 'bcryptjs'
import type { BcryptAnswer, BcryptQuestion } from './bcrypt.ts'

parentPort?.on('message', ({ id, text, hash }: BcryptQuestion) => {
  const answer: BcryptAnswer = { id, isRight: compareSync(text, hash) }
  parentPort?.postMessage(answer)
})
