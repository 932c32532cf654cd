interface Closable {
  close(): unknown;
}

/** Takes ownership of a resource, which is then closed with the others in reverse order. Returns it. */
export type Own = <Resource extends Closable>(resource: Resource) => Resource;

/**
 * Opens resources that belong together. When `open` fails, the resources opened so far are closed.
 *
 * @param open passes each resource to `own` as soon as it is open.
 * @returns what `open` returned, with `close`, which closes all of them; an error from one does not keep the others open.
 */
export async function openTogether<Opened extends object>(
  open: (own: Own) => Promise<Opened>,
): Promise<Opened & { close(): Promise<void> }> {
  const resources: Closable[] = [];
  const close = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (const resource of resources.splice(0).reverse()) {
      try {
        await resource.close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors, 'several did not close');
  };
  try {
    const opened = await open((resource) => {
      resources.push(resource);
      return resource;
    });
    return { ...opened, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}
