export { DEFAULT_LIMITS, type SandboxLimits } from './limits.ts';
export { createSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts';
export * from './types.ts';
