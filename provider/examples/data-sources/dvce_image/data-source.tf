# An image that was pushed by somebody else, e.g. with dvce image push.
data "dvce_image" "debian" {
  name = "debian"
}

resource "dvce_cluster" "web" {
  name = "web"
  members = {
    web-0 = { version = data.dvce_image.debian.version, vcpus = 2, memory_mib = 2048, disk_gib = 10 }
  }
}
