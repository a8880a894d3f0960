import { ApiError, invalidRequest } from './api-error.ts';
import { checkStrictSchema, checkTools } from './check-tools.ts';
import type { CountRequest, MessageRequest } from './message-request.ts';
import { findModel, type Model } from './models.ts';

/** Returns the model asked for. Throws the API's 404 for an unknown id. */
export function requireModel(id: string): Model {
  const model = findModel(id);
  if (model === null) throw new ApiError(404, `model: ${id}`);
  return model;
}

/** Throws a 400 for parameters that `model` does not accept, those of counting included. */
export function checkParameters(request: CountRequest, model: Model): void {
  checkThinking(request, model);
  checkTools(request.tools ?? []);
  const choice = request.tool_choice;
  // Refused for every model: the 5.5 models do, and we never need it.
  if (choice?.type === 'any' || choice?.type === 'tool') {
    throw invalidRequest(
      `tool_choice: type '${choice.type}' forces tool use, which is not supported with thinking. Use 'auto' or 'none'.`,
    );
  }
  if (choice !== undefined && (request.tools ?? []).length === 0) {
    throw invalidRequest('tool_choice: may only be specified while providing tools');
  }
  if (request.output_config?.format) {
    checkStrictSchema(request.output_config.format.schema, 'output_config.format.schema');
  }
  for (const [index, block] of (request.system ?? []).entries()) {
    if (block.text.trim() === '')
      throw invalidRequest(`system.${index}: text content blocks must be non-empty`);
  }
  if (!model.systemMessages && request.messages.some(({ role }) => role === 'system')) {
    throw invalidRequest("messages: role 'system' is not supported on this model");
  }
}

/** Throws a 400 when `max_tokens` is above what `model` can write. */
export function checkMaxTokens(request: MessageRequest, model: Model): void {
  if (request.max_tokens > model.maxTokens) {
    throw invalidRequest(
      `max_tokens: ${request.max_tokens} > ${model.maxTokens}, which is the maximum allowed number of output tokens for ${model.id}`,
    );
  }
  const { thinking } = request;
  if (thinking?.type === 'enabled' && thinking.budget_tokens >= request.max_tokens) {
    throw invalidRequest('max_tokens: must be greater than thinking.budget_tokens');
  }
}

function checkThinking({ thinking, output_config }: CountRequest, model: Model): void {
  switch (thinking?.type) {
    case undefined:
      return;
    case 'adaptive':
      if (!model.adaptive)
        throw invalidRequest(`thinking.type: 'adaptive' is not supported on ${model.id}`);
      return;
    case 'enabled':
      if (model.boundThinking) {
        throw invalidRequest(
          `thinking.budget_tokens: not supported on ${model.id}. Use thinking.type 'adaptive' and output_config.effort.`,
        );
      }
      if (thinking.budget_tokens < 1024)
        throw invalidRequest(
          'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
        );
      return;
    case 'disabled':
      if (model.boundThinking)
        throw invalidRequest(`thinking.type: 'disabled' is not supported on ${model.id}`);
      return;
    case 'between_tools': {
      const effort = output_config?.effort;
      if (!model.betweenTools)
        throw invalidRequest(`thinking.type: 'between_tools' is not supported on ${model.id}`);
      if (effort === 'xhigh' || effort === 'max')
        throw invalidRequest(
          `output_config.effort: '${effort}' is not supported with thinking.type 'between_tools'`,
        );
    }
  }
}
