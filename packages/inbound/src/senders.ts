/** The senders' side, without the expressions that map their requests: presets, and how a request is signed. */

export { completeVerify } from './complete-verify.ts';
export type { Preset, Sample, Setup } from './presets/define.ts';
export { PRESETS } from './presets/index.ts';
export { signBody } from './sign.ts';
