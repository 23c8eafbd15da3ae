// What other programs may import: the package's only entry beside its command.
export { startGateway } from './compose.ts'
export type { GatewayOptions, OpenListener, RunningGateway } from './cli/gateway.ts'
export { loadConfiguration, type LoadedConfiguration, type LoadOptions } from './config/load.ts'
export type { Configuration } from './config/schema.ts'
export { GatewayError, type ErrorCode } from './core/errors.ts'
export type { Logger } from './core/logger.ts'
export { drivers } from './storage/drivers/index.ts'
export type { Storage, StagedUpload, Entry, FileEntry, DirectoryEntry } from './storage/contract.ts'
