import { testDialect } from '../../test/test-dialect.js';
import { yishang } from '../index.js';

testDialect(yishang, new URL('./examples/', import.meta.url));
