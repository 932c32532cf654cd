export type { EventOf, UntypedCatalogue } from './publisher/event.ts';
export {
  PublishError,
  type PublishErrorKind,
  PublishManyError,
  type PublishOutcome,
} from './publisher/publish-error.ts';
export { createPublisher, type Publisher, type PublisherOptions } from './publisher/publisher.ts';
export { type RawJson, rawJson } from './publisher/raw-json.ts';
export type { Receipt } from './publisher/receipt.ts';
export type { SignedRequest } from './receiver/read-request.ts';
export { type SigningInput, sign } from './receiver/sign.ts';
export { type Verification, type VerificationFault, type VerifyOptions, verify } from './receiver/verify.ts';
export { type KongVerification, verifyKong } from './receiver/verify-kong.ts';
