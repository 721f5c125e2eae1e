terraform {
  required_providers {
    dvce = {
      source  = "dvce/dvce"
      version = "0.1.0"
    }
  }
}

# The controller's address and token can also come from DVCE_URL and DVCE_TOKEN.
provider "dvce" {
  url   = "http://127.0.0.1:7800"
  token = var.dvce_token
}

variable "dvce_token" {
  type      = string
  sensitive = true
}
