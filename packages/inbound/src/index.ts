export { answerChallenge, answerHandshake, type ChallengeAnswer } from './challenges.ts';
export { type CompletedEndpoint, completeEndpoint, type GivenEndpoint } from './complete-endpoint.ts';
export { type Mapped, mapRequest } from './mapping.ts';
export type { Preset, PresetEvent, Sample } from './presets/define.ts';
export { findPresetEvent, listPresetEvents, PRESETS } from './presets/index.ts';
export type { ReadRequest, SentRequest } from './request.ts';
export { signBody } from './sign.ts';
export { type VerifyResult, verifyRequest } from './verify.ts';
