/* A function that is not durable. */
export const handler = async (event) => ({ plain: event });
