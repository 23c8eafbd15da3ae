/**
 * Where a bucket of COS answers, too; null for endpoints that have no second name: those inside Tencent's network, global
 * acceleration, and one's own domains.
 */
export function otherDomain(endpoint: string): string | null {
  const url = new URL(endpoint)
  if (!/(^|\.)cos\.[a-z0-9-]+\.myqcloud\.com$/.test(url.hostname) || /(^|\.)cos\.accelerate\./.test(url.hostname))
    return null
  url.hostname = url.hostname.replace(/myqcloud\.com$/, 'tencentcos.cn')
  return url.href
}
