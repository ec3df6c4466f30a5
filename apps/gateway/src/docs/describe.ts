import { SetMetadata } from '@nestjs/common';
import { type Operation } from '@videoapi/dialects';

export const operationsKey = 'videoapi:operations';

/** What a route does, once for each dialect that it answers in. The public documentation is made of it. */
export const Describe = (...operations: readonly Operation[]) => SetMetadata(operationsKey, operations);
