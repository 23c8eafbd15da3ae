import type { AccountSessions, LoginGuard } from '../accounts/authenticator.ts'
import type { Bandwidth } from '../accounts/bandwidth.ts'

/** What all worker processes must count together. The main process holds it; workers ask it. */
export interface Coordinator {
  readonly guard: LoginGuard
  readonly accountSessions: AccountSessions
  readonly bandwidth: Bandwidth
}
