/** The local platform: set-up, supervisor, doctor. Nothing else in Holdfast knows whether it is local. */

export { applyPlatformEnv } from './env'
export { attachPlatform, startPlatform, stopPlatform } from './platform'
export type { Platform, PlatformOptions, Runner, ServiceName } from './platform'
export { runDoctor } from './doctor'
export type { Check } from './doctor'
export { makeDemoWorkspace } from './demo-workspace'
export { setUp } from './setup'
