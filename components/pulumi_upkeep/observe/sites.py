"""Where Datadog is reached: the addresses of its first site, US1."""

APP = "https://app.datadoghq.com"
API = "https://api.datadoghq.com"
# Of the servers that take pages, the one that Datadog's own client asks first.
PAGING = "https://navy.oncall.datadoghq.com"
