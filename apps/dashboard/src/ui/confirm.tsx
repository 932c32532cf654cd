import { AlertDialog } from '@base-ui/react/alert-dialog';
import { type ReactNode, useState } from 'react';
import { Button, type ButtonProps } from './button.tsx';
import { sayFailure } from './toasts.tsx';

/** A button that asks before it acts. */
export function ConfirmButton({
  label,
  title,
  children,
  confirm,
  onConfirm,
  kind = 'danger',
}: {
  label: ReactNode;
  title: string;
  children: ReactNode;
  confirm: string;
  onConfirm: () => Promise<unknown>;
  kind?: ButtonProps['kind'];
}) {
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const act = async (): Promise<void> => {
    setBusy(true);
    await onConfirm().then(
      () => setOpen(false),
      (error: unknown) => sayFailure('That did not work', error),
    );
    setBusy(false);
  };
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={setOpen}>
      <AlertDialog.Trigger render={<Button kind={kind === 'danger' ? 'plain' : kind} />}>{label}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text" render={<div />}>
            {children}
          </AlertDialog.Description>
          <div className="dialog-actions">
            <AlertDialog.Close render={<Button />}>Cancel</AlertDialog.Close>
            <Button kind={kind === 'danger' ? 'danger' : 'primary'} isBusy={isBusy} onClick={() => void act()}>
              {confirm}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
