/** The counting reporter as a file of its own, for `mocha --reporter`. */
export { default } from './countingReporter';
