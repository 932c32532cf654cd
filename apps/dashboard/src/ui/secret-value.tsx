import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { CopyButton } from './copy.tsx';

/** A secret: masked until it is revealed, and copied either way. Null: the session's role may not see it. */
export function SecretValue({ secret }: { secret: string | null }) {
  const [isShown, setShown] = useState(false);
  if (secret === null) return <p className="muted">Set. Your token does not let you see it.</p>;
  return (
    <span className="secret">
      <code className="wrap">{isShown ? secret : '•'.repeat(20)}</code>
      <button
        type="button"
        className="icon-button"
        title={isShown ? 'Hide' : 'Reveal'}
        onClick={() => setShown(!isShown)}
      >
        {isShown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />}
        <span className="visually-hidden">{isShown ? 'Hide the secret' : 'Reveal the secret'}</span>
      </button>
      <CopyButton text={secret} label="the secret" />
    </span>
  );
}
