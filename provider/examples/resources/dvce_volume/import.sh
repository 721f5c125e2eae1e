terraform import 'dvce_volume.web["web-0"]' web-web-0
