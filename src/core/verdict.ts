/**
 * How an upload ended. 'clean': the client said so (close_notify). 'presumed': it looked whole, and nothing in clear FTP
 * can prove it. 'cut': it broke off. 'aborted': the client took it back. 'rejected': it broke a rule of ours.
 */
export type Verdict = 'clean' | 'presumed' | 'cut' | 'aborted' | 'rejected'
