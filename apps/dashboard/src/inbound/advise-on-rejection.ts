/** Advice about a rejection, by a part of its reason. The more special parts come first. */
const ADVICE: readonly (readonly [part: RegExp, advice: string])[] = [
  [
    /is missing/,
    'The sender does not sign, or another preset fits it. Check that its secret is set, and the header’s name under Verification.',
  ],
  [
    /fits none of the secrets/,
    'Compare the secret here with the sender’s. If they are the same, something between changes the body, such as a proxy that lays JSON out anew.',
  ],
  [/none of the secrets/, 'Compare the secret here with the token that the sender is given.'],
  [/does not begin with/, 'The sender writes the value in another form: set the prefix under Verification.'],
  [/user name or password/, 'Compare the user name and the secret here with the sender’s.'],
  [
    /signed .* the tolerance/,
    'Check the clocks of both sides. An old request that is sent again is refused on purpose.',
  ],
];

const BY_STATUS: Readonly<Record<number, string>> = {
  400: 'The body has to be JSON in UTF-8, or a form.',
  401: 'The sender was told only that it was not verified.',
  413: 'The body or one of its events is larger than is accepted.',
  415: 'Let the sender post JSON, a form or text.',
  422: 'The request was the sender’s, but the mapping makes no event of it: change the mapping.',
};

/** One sentence of advice for the endpoint's operator, or null. */
export function adviseOnRejection(status: number, reason: string): string | null {
  return ADVICE.find(([part]) => part.test(reason))?.[1] ?? BY_STATUS[status] ?? null;
}
