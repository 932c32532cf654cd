export { answerChallenge, answerHandshake, type ChallengeAnswer } from './challenges.ts';
export { type Mapped, mapRequest } from './mapping.ts';
export type { Preset, PresetEvent, Sample } from './presets/define.ts';
export { findPresetEvent, PRESETS } from './presets/index.ts';
export type { ReadRequest, SentRequest } from './request.ts';
export { type GivenEndpoint, type SettledEndpoint, settleEndpoint } from './settle.ts';
export { signBody } from './sign.ts';
export { type Verdict, verifyRequest } from './verify.ts';
