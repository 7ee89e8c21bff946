"""Files that people bring, whatever is in them: statistics that a host exports, logs, orders, spend. One door for all of them.

It knows the sources whose readers it calls; no source knows it.
"""
