"""The SOP's steps in order, one module a step; what needs several topics lives here."""
