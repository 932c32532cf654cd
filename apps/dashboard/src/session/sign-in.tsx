import { type FormEvent, useState } from 'react';
import { Logo } from '../shell/logo.tsx';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';

/** Asks for a token. */
export function SignIn({ failure, onSubmit }: { failure: string | null; onSubmit: (token: string) => Promise<void> }) {
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get('token');
    setBusy(true);
    await onSubmit(typeof token === 'string' ? token.trim() : '');
    setBusy(false);
  };
  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={(event) => void submit(event)}>
        <Logo />
        <h1>Sign in</h1>
        <p className="muted">
          With an admin or viewer token. It stays in a cookie that no script can read, until you sign out or close the
          browser.
        </p>
        {failure !== null && <Notice tone="bad">{failure}</Notice>}
        <div className="field">
          <label htmlFor="token">Token</label>
          <input id="token" name="token" type="password" autoComplete="current-password" required spellCheck={false} />
        </div>
        <Button type="submit" kind="primary" isBusy={isBusy}>
          Sign in
        </Button>
        <p className="muted small">
          The first token is <code>EVENTHOOKS_ADMIN_TOKEN</code>; more are made under “Access”.
        </p>
      </form>
    </main>
  );
}
