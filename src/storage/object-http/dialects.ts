import type { ChecksumKind } from '../../core/checksum/kinds.ts'

const mib = 1024 ** 2
const gib = 1024 ** 3
const tib = 1024 ** 4

export type DialectName = 'aws' | 'cos' | 'minio' | 'versitygw' | 'ceph' | 'r2' | 'swift' | 'generic'

/** What sets one store apart from another. Facts only: what to do about them is written where it is done. */
export interface Dialect {
  readonly name: DialectName
  /** In front of the store's own headers. */
  readonly headerPrefix: 'x-amz-' | 'x-cos-'
  readonly signature: 'v4' | 'cos'
  readonly listVersion: 1 | 2
  /** Whether listings may be asked for with encoded keys, so that XML can hold any key. */
  readonly urlEncodedLists: boolean
  /** How the store proves what it holds; null: only by Content-MD5, and by the ETag of a single unencrypted PUT. */
  readonly checksum: ChecksumKind | null
  /** Whether a checksum of the whole object comes with Complete and with HEAD of a multipart object. */
  readonly wholeChecksum: boolean
  /** Whether the ETag of one PUT is the MD5 of its content, unless that is encrypted with a key of one's own. */
  readonly md5Etags: boolean
  readonly parts: PartRules
  /** The longest object that one PUT or one copy request takes. */
  readonly mostPutBytes: number
  readonly mostObjectBytes: number
  /** How a PUT and a Complete are told to replace nothing; null: the store cannot. */
  readonly ifAbsent: 'if-none-match' | 'forbid-overwrite' | null
  /** Whether a PUT can be bound to what is there: If-Match. */
  readonly ifMatch: boolean
  /** Whether deleting many at once demands Content-MD5. It is always sent: nobody refuses it. */
  readonly md5OnMultiDelete: boolean
  readonly multiDelete: boolean
  /** Whether each key of a multi-delete can be bound to its ETag. Others may take the ETag and not look at it. */
  readonly multiDeleteIfMatch: boolean
  readonly partCopy: boolean
  /** Whether a copy can be bound to the ETag of an object that came in parts. */
  readonly copyIfMatchOfParts: boolean
  /** Whether the checksum told of a copied part is that of the part. */
  readonly copiedPartChecksums: boolean
  readonly addressing: 'path' | 'virtual-host'
  /** Bytes of UTF-8. */
  readonly mostKeyBytes: number
  /** Names and values together. */
  readonly mostMetadataBytes: number
}

export interface PartRules {
  readonly leastBytes: number
  readonly mostBytes: number
  readonly mostParts: number
  /** Whether all parts but the last must have the same length. */
  readonly equal: boolean
}

const s3Parts: PartRules = { leastBytes: 5 * mib, mostBytes: 5 * gib, mostParts: 10_000, equal: false }

const generic: Dialect = {
  name: 'generic',
  headerPrefix: 'x-amz-',
  signature: 'v4',
  listVersion: 2,
  urlEncodedLists: true,
  checksum: null,
  wholeChecksum: false,
  md5Etags: false,
  parts: s3Parts,
  mostPutBytes: 5 * gib,
  mostObjectBytes: 5 * tib,
  ifAbsent: null,
  ifMatch: false,
  md5OnMultiDelete: true,
  multiDelete: true,
  multiDeleteIfMatch: false,
  partCopy: true,
  copyIfMatchOfParts: true,
  copiedPartChecksums: true,
  addressing: 'path',
  mostKeyBytes: 1024,
  mostMetadataBytes: 2048,
}

const aws: Dialect = {
  ...generic,
  name: 'aws',
  checksum: 'crc64nvme',
  wholeChecksum: true,
  md5Etags: true,
  mostObjectBytes: 48.8 * tib,
  ifAbsent: 'if-none-match',
  ifMatch: true,
  multiDeleteIfMatch: true,
  addressing: 'virtual-host',
}

/** All stores that are known by name. */
export const dialects: Readonly<Record<DialectName, Dialect>> = {
  generic,
  aws,
  cos: {
    ...generic,
    name: 'cos',
    headerPrefix: 'x-cos-',
    signature: 'cos',
    // The native interface has no second version; it gives a marker on every page.
    listVersion: 1,
    checksum: 'crc64xz',
    wholeChecksum: true,
    parts: { leastBytes: mib, mostBytes: 5 * gib, mostParts: 10_000, equal: false },
    mostObjectBytes: 50_000 * gib,
    ifAbsent: 'forbid-overwrite',
    addressing: 'virtual-host',
    mostKeyBytes: 850,
  },
  minio: { ...aws, name: 'minio', mostObjectBytes: 48.8 * tib, multiDeleteIfMatch: false, addressing: 'path' },
  // 1.7.0 tells the checksum of the whole source for a part copied of a range, and computes the object's from that.
  versitygw: { ...aws, name: 'versitygw', multiDeleteIfMatch: false, addressing: 'path', copiedPartChecksums: false },
  // Tells no checksum of a whole object that came in parts.
  ceph: { ...generic, name: 'ceph', md5Etags: true, ifAbsent: 'if-none-match', ifMatch: true },
  r2: {
    ...generic,
    name: 'r2',
    md5Etags: true,
    parts: { ...s3Parts, equal: true },
    mostObjectBytes: 4.995 * tib,
    ifAbsent: 'if-none-match',
    ifMatch: true,
    mostMetadataBytes: 8192,
  },
  swift: {
    ...generic,
    name: 'swift',
    md5Etags: true,
    // Compares with the ETag that its own interface has for such an object.
    copyIfMatchOfParts: false,
    parts: { ...s3Parts, mostParts: 1_000 },
  },
}
