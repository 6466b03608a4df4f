/**
 * All results in order. If one task fails, `abort` stops the others; the error is thrown after all have ended, so
 * that no task is still running.
 */
export async function allOrAbort<T>(
  tasks: readonly Promise<T>[],
  abort: (reason: unknown) => void,
): Promise<T[]> {
  try {
    return await Promise.all(tasks);
  } catch (error) {
    abort(error);
    await Promise.allSettled(tasks);
    throw error;
  }
}
