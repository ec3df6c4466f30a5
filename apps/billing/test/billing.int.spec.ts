import { createLogger, Log } from '@videoapi/chassis';
import {
  applyPrices,
  getTaskStates,
  getWallet,
  grantCredits,
  holdResolved,
  listEntries,
  listPrices,
  mainLane,
  placeHold,
  quotePrice,
  refundCredits,
  resolveHoldJob,
  type RpcResponse,
  setPriceList,
  walletLow,
} from '@videoapi/contracts';
console.log(createLogger, Log);
