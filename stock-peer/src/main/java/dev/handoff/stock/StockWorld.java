package dev.handoff.stock;

/** What surrounds a stock participant's session in a process of its own: where tests see and steer it. */
interface StockWorld {

    /** The participant has reached a point; may never return. */
    void reached(StockPoint point);

    /** What is really written in place of {@code write}; the same for an honest peer. */
    StockAction.Write altered(StockAction.Write write);

    /** Something for the log. */
    void log(String line);

    /** Ends the process. */
    void exit(int code, String reason);
}
