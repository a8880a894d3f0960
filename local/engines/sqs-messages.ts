import { z } from 'zod';

/** Inputs and outputs of the SQS JSON protocol (AWS JSON 1.0), as far as the durable queue reads them. */
export const QueueCall = z.object({ QueueUrl: z.string() });

export const CreateQueue = z.object({
  QueueName: z.string(),
  Attributes: z.object({ RedrivePolicy: z.string().optional() }).optional(),
});
export const CreateReply = z.object({ QueueUrl: z.string() });

/** What a message is made of; what else stands in it is kept. */
const Message = z.looseObject({ MessageBody: z.string(), DelaySeconds: z.number().optional() });
export const SendMessage = Message.extend({ QueueUrl: z.string() });
export const SendMessageBatch = z.object({
  QueueUrl: z.string(),
  Entries: z.array(Message.extend({ Id: z.string() })),
});
export const SendReply = z.object({ MessageId: z.string() });
export const BatchReply = z.object({
  Successful: z.array(z.object({ Id: z.string(), MessageId: z.string() })).optional(),
});

const Received = z.object({ MessageId: z.string(), ReceiptHandle: z.string() });
export const ReceiveReply = z.object({ Messages: z.array(Received).optional() });

export const DeleteMessage = z.object({ QueueUrl: z.string(), ReceiptHandle: z.string() });
export const DeleteMessageBatch = z.object({
  QueueUrl: z.string(),
  Entries: z.array(z.object({ ReceiptHandle: z.string() })),
});

/** The RedrivePolicy attribute, once its JSON is parsed. */
export const RedrivePolicy = z.object({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: z.coerce.number(),
});

/** Returns the name of the queue at `queueUrl`: its last segment, whatever the host. */
export function queueName(queueUrl: string): string {
  return queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
}
