import { Toast } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import { ApiFailure } from '../api/client.ts';

/** A way back is offered for this long. */
const undoMs = 20_000;

const manager = Toast.createToastManager();

/** Says, for a while, that something was done. `undo` takes it back. */
export function say(title: string, description?: string, undo?: { label: string; act: () => void }): void {
  manager.add({
    title,
    description,
    type: 'ok',
    ...(undo && { timeout: undoMs, actionProps: { children: undo.label, onClick: undo.act } }),
  });
}

/** Says that something was done, and what is wrong all the same. */
export function warn(title: string, description: string): void {
  manager.add({ title, description, type: 'warn', priority: 'high', timeout: 20_000 });
}

/** Says that something was not done, and why. */
export function sayFailure(title: string, error: unknown): void {
  const isRefused = error instanceof ApiFailure && error.status === 403;
  const description = isRefused
    ? 'Your token does not allow this.'
    : error instanceof Error
      ? error.message
      : String(error);
  manager.add({ title, description, type: 'bad', priority: 'high', timeout: 10_000 });
}

export function Toasts() {
  return (
    <Toast.Provider toastManager={manager} timeout={5_000}>
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={`toast toast-${toast.type ?? 'ok'}`}>
      <div>
        <Toast.Title className="toast-title" />
        <Toast.Description className="toast-text" />
        <Toast.Action className="button button-plain toast-action" />
      </div>
      <Toast.Close className="icon-button" aria-label="Close">
        <X aria-hidden="true" />
      </Toast.Close>
    </Toast.Root>
  ));
}
