/** The page's nonce: styles that components insert must carry it (see the admin's Content-Security-Policy). */
export const cspNonce: string = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
