data "dvce_image_history" "debian" {
  name  = "debian"
  since = "2026-01-01T00:00:00Z"
  limit = 100
}

output "boots" {
  value = [for event in data.dvce_image_history.debian.events : event.at if event.kind == "booted"]
}
