/** A failure that goes back to the model as `is_error`. The message says what to do next. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}
