/** The longest password bcrypt looks at; what lies behind would be right whatever it says. */
const mostBytes = 72

/**
 * Whether the password is the one behind a bcrypt hash. Always costs the whole hash. False for what bcrypt cannot tell
 * apart from something shorter (over 72 bytes, or a NUL inside), and for bytes that are not UTF-8, for it takes text.
 */
export async function bcryptMatches(hash: string, password: Uint8Array): Promise<boolean> {
  const { compare } = await import('bcryptjs')
  const text = Buffer.from(password).toString('utf8')
  const isFaithful = password.length <= mostBytes && !password.includes(0) && Buffer.from(text).equals(password)
  return (await compare(text, hash)) && isFaithful
}
