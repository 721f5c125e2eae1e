"use strict";
// https://registry.terraform.io/providers/dmacvicar/libvirt/0.8.3/docs/resources/domain
// generated from terraform resource schema
var __createBinding = (this && this.__createBinding) || (Object.create ? (function(o, m, k, k2) {
    if (k2 === undefined) k2 = k;
    var desc = Object.getOwnPropertyDescriptor(m, k);
    if (!desc || ("get" in desc ? !m.__esModule : desc.writable || desc.configurable)) {
      desc = { enumerable: true, get: function() { return m[k]; } };
    }
    Object.defineProperty(o, k2, desc);
}) : (function(o, m, k, k2) {
    if (k2 === undefined) k2 = k;
    o[k2] = m[k];
}));
var __setModuleDefault = (this && this.__setModuleDefault) || (Object.create ? (function(o, v) {
    Object.defineProperty(o, "default", { enumerable: true, value: v });
}) : function(o, v) {
    o["default"] = v;
});
var __importStar = (this && this.__importStar) || (function () {
    var ownKeys = function(o) {
        ownKeys = Object.getOwnPropertyNames || function (o) {
            var ar = [];
            for (var k in o) if (Object.prototype.hasOwnProperty.call(o, k)) ar[ar.length] = k;
            return ar;
        };
        return ownKeys(o);
    };
    return function (mod) {
        if (mod && mod.__esModule) return mod;
        var result = {};
        if (mod != null) for (var k = ownKeys(mod), i = 0; i < k.length; i++) if (k[i] !== "default") __createBinding(result, mod, k[i]);
        __setModuleDefault(result, mod);
        return result;
    };
})();
Object.defineProperty(exports, "__esModule", { value: true });
exports.Domain = exports.DomainXmlOutputReference = exports.DomainVideoOutputReference = exports.DomainTpmOutputReference = exports.DomainTimeoutsOutputReference = exports.DomainNvramOutputReference = exports.DomainNetworkInterfaceList = exports.DomainNetworkInterfaceOutputReference = exports.DomainGraphicsOutputReference = exports.DomainFilesystemList = exports.DomainFilesystemOutputReference = exports.DomainDiskList = exports.DomainDiskOutputReference = exports.DomainCpuOutputReference = exports.DomainConsoleList = exports.DomainConsoleOutputReference = exports.DomainBootDeviceList = exports.DomainBootDeviceOutputReference = void 0;
exports.domainBootDeviceToTerraform = domainBootDeviceToTerraform;
exports.domainBootDeviceToHclTerraform = domainBootDeviceToHclTerraform;
exports.domainConsoleToTerraform = domainConsoleToTerraform;
exports.domainConsoleToHclTerraform = domainConsoleToHclTerraform;
exports.domainCpuToTerraform = domainCpuToTerraform;
exports.domainCpuToHclTerraform = domainCpuToHclTerraform;
exports.domainDiskToTerraform = domainDiskToTerraform;
exports.domainDiskToHclTerraform = domainDiskToHclTerraform;
exports.domainFilesystemToTerraform = domainFilesystemToTerraform;
exports.domainFilesystemToHclTerraform = domainFilesystemToHclTerraform;
exports.domainGraphicsToTerraform = domainGraphicsToTerraform;
exports.domainGraphicsToHclTerraform = domainGraphicsToHclTerraform;
exports.domainNetworkInterfaceToTerraform = domainNetworkInterfaceToTerraform;
exports.domainNetworkInterfaceToHclTerraform = domainNetworkInterfaceToHclTerraform;
exports.domainNvramToTerraform = domainNvramToTerraform;
exports.domainNvramToHclTerraform = domainNvramToHclTerraform;
exports.domainTimeoutsToTerraform = domainTimeoutsToTerraform;
exports.domainTimeoutsToHclTerraform = domainTimeoutsToHclTerraform;
exports.domainTpmToTerraform = domainTpmToTerraform;
exports.domainTpmToHclTerraform = domainTpmToHclTerraform;
exports.domainVideoToTerraform = domainVideoToTerraform;
exports.domainVideoToHclTerraform = domainVideoToHclTerraform;
exports.domainXmlToTerraform = domainXmlToTerraform;
exports.domainXmlToHclTerraform = domainXmlToHclTerraform;
const cdktn = __importStar(require("cdktf"));
function domainBootDeviceToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {
        dev: cdktn.listMapper(cdktn.stringToTerraform, false)(struct.dev),
    };
}
function domainBootDeviceToHclTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    const attrs = {
        dev: {
            value: cdktn.listMapperHcl(cdktn.stringToHclTerraform, false)(struct.dev),
            isBlock: false,
            type: "list",
            storageClassType: "stringList",
        },
    };
    // remove undefined attributes
    return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
}
class DomainBootDeviceOutputReference extends cdktn.ComplexObject {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param complexObjectIndex the index of this item in the list
    * @param complexObjectIsFromSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource, terraformAttribute, complexObjectIndex, complexObjectIsFromSet) {
        super(terraformResource, terraformAttribute, complexObjectIsFromSet, complexObjectIndex);
        this.isEmptyObject = false;
    }
    get internalValue() {
        if (this.resolvableValue) {
            return this.resolvableValue;
        }
        let hasAnyValues = this.isEmptyObject;
        const internalValueResult = {};
        if (this._dev !== undefined) {
            hasAnyValues = true;
            internalValueResult.dev = this._dev;
        }
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
            this.resolvableValue = undefined;
            this._dev = undefined;
        }
        else if (cdktn.Tokenization.isResolvable(value)) {
            this.isEmptyObject = false;
            this.resolvableValue = value;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
            this.resolvableValue = undefined;
            this._dev = value.dev;
        }
    }
    get dev() {
        return this.getListAttribute('dev');
    }
    set dev(value) {
        this._dev = value;
    }
    resetDev() {
        this._dev = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get devInput() {
        return this._dev;
    }
}
exports.DomainBootDeviceOutputReference = DomainBootDeviceOutputReference;
class DomainBootDeviceList extends cdktn.ComplexList {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param wrapsSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource, terraformAttribute, wrapsSet) {
        super(terraformResource, terraformAttribute, wrapsSet);
    }
    /**
    * @param index the index of the item to return
    */
    get(index) {
        return new DomainBootDeviceOutputReference(this.terraformResource, this.terraformAttribute, index, this.wrapsSet);
    }
}
exports.DomainBootDeviceList = DomainBootDeviceList;
function domainConsoleToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {
        source_host: cdktn.stringToTerraform(struct.sourceHost),
        source_path: cdktn.stringToTerraform(struct.sourcePath),
        source_service: cdktn.stringToTerraform(struct.sourceService),
        target_port: cdktn.stringToTerraform(struct.targetPort),
        target_type: cdktn.stringToTerraform(struct.targetType),
        type: cdktn.stringToTerraform(struct.type),
    };
}
function domainConsoleToHclTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    const attrs = {
        source_host: {
            value: cdktn.stringToHclTerraform(struct.sourceHost),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        source_path: {
            value: cdktn.stringToHclTerraform(struct.sourcePath),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        source_service: {
            value: cdktn.stringToHclTerraform(struct.sourceService),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        target_port: {
            value: cdktn.stringToHclTerraform(struct.targetPort),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        target_type: {
            value: cdktn.stringToHclTerraform(struct.targetType),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        type: {
            value: cdktn.stringToHclTerraform(struct.type),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
    // remove undefined attributes
    return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
}
class DomainConsoleOutputReference extends cdktn.ComplexObject {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param complexObjectIndex the index of this item in the list
    * @param complexObjectIsFromSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource, terraformAttribute, complexObjectIndex, complexObjectIsFromSet) {
        super(terraformResource, terraformAttribute, complexObjectIsFromSet, complexObjectIndex);
        this.isEmptyObject = false;
    }
    get internalValue() {
        if (this.resolvableValue) {
            return this.resolvableValue;
        }
        let hasAnyValues = this.isEmptyObject;
        const internalValueResult = {};
        if (this._sourceHost !== undefined) {
            hasAnyValues = true;
            internalValueResult.sourceHost = this._sourceHost;
        }
        if (this._sourcePath !== undefined) {
            hasAnyValues = true;
            internalValueResult.sourcePath = this._sourcePath;
        }
        if (this._sourceService !== undefined) {
            hasAnyValues = true;
            internalValueResult.sourceService = this._sourceService;
        }
        if (this._targetPort !== undefined) {
            hasAnyValues = true;
            internalValueResult.targetPort = this._targetPort;
        }
        if (this._targetType !== undefined) {
            hasAnyValues = true;
            internalValueResult.targetType = this._targetType;
        }
        if (this._type !== undefined) {
            hasAnyValues = true;
            internalValueResult.type = this._type;
        }
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
            this.resolvableValue = undefined;
            this._sourceHost = undefined;
            this._sourcePath = undefined;
            this._sourceService = undefined;
            this._targetPort = undefined;
            this._targetType = undefined;
            this._type = undefined;
        }
        else if (cdktn.Tokenization.isResolvable(value)) {
            this.isEmptyObject = false;
            this.resolvableValue = value;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
            this.resolvableValue = undefined;
            this._sourceHost = value.sourceHost;
            this._sourcePath = value.sourcePath;
            this._sourceService = value.sourceService;
            this._targetPort = value.targetPort;
            this._targetType = value.targetType;
            this._type = value.type;
        }
    }
    get sourceHost() {
        return this.getStringAttribute('source_host');
    }
    set sourceHost(value) {
        this._sourceHost = value;
    }
    resetSourceHost() {
        this._sourceHost = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get sourceHostInput() {
        return this._sourceHost;
    }
    get sourcePath() {
        return this.getStringAttribute('source_path');
    }
    set sourcePath(value) {
        this._sourcePath = value;
    }
    resetSourcePath() {
        this._sourcePath = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get sourcePathInput() {
        return this._sourcePath;
    }
    get sourceService() {
        return this.getStringAttribute('source_service');
    }
    set sourceService(value) {
        this._sourceService = value;
    }
    resetSourceService() {
        this._sourceService = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get sourceServiceInput() {
        return this._sourceService;
    }
    get targetPort() {
        return this.getStringAttribute('target_port');
    }
    set targetPort(value) {
        this._targetPort = value;
    }
    // Temporarily expose input value. Use with caution.
    get targetPortInput() {
        return this._targetPort;
    }
    get targetType() {
        return this.getStringAttribute('target_type');
    }
    set targetType(value) {
        this._targetType = value;
    }
    resetTargetType() {
        this._targetType = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get targetTypeInput() {
        return this._targetType;
    }
    get type() {
        return this.getStringAttribute('type');
    }
    set type(value) {
        this._type = value;
    }
    // Temporarily expose input value. Use with caution.
    get typeInput() {
        return this._type;
    }
}
exports.DomainConsoleOutputReference = DomainConsoleOutputReference;
class DomainConsoleList extends cdktn.ComplexList {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param wrapsSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource, terraformAttribute, wrapsSet) {
        super(terraformResource, terraformAttribute, wrapsSet);
    }
    /**
    * @param index the index of the item to return
    */
    get(index) {
        return new DomainConsoleOutputReference(this.terraformResource, this.terraformAttribute, index, this.wrapsSet);
    }
}
exports.DomainConsoleList = DomainConsoleList;
function domainCpuToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {
        mode: cdktn.stringToTerraform(struct.mode),
    };
}
function domainCpuToHclTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    const attrs = {
        mode: {
            value: cdktn.stringToHclTerraform(struct.mode),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
    // remove undefined attributes
    return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
}
class DomainCpuOutputReference extends cdktn.ComplexObject {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    */
    constructor(terraformResource, terraformAttribute) {
        super(terraformResource, terraformAttribute, false, 0);
        this.isEmptyObject = false;
    }
    get internalValue() {
        let hasAnyValues = this.isEmptyObject;
        const internalValueResult = {};
        if (this._mode !== undefined) {
            hasAnyValues = true;
            internalValueResult.mode = this._mode;
        }
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
            this._mode = undefined;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
            this._mode = value.mode;
        }
    }
    get mode() {
        return this.getStringAttribute('mode');
    }
    set mode(value) {
        this._mode = value;
    }
    resetMode() {
        this._mode = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get modeInput() {
        return this._mode;
    }
}
exports.DomainCpuOutputReference = DomainCpuOutputReference;
function domainDiskToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {
        block_device: cdktn.stringToTerraform(struct.blockDevice),
        file: cdktn.stringToTerraform(struct.file),
        scsi: cdktn.booleanToTerraform(struct.scsi),
        url: cdktn.stringToTerraform(struct.url),
        volume_id: cdktn.stringToTerraform(struct.volumeId),
        wwn: cdktn.stringToTerraform(struct.wwn),
    };
}
function domainDiskToHclTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    const attrs = {
        block_device: {
            value: cdktn.stringToHclTerraform(struct.blockDevice),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        file: {
            value: cdktn.stringToHclTerraform(struct.file),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        scsi: {
            value: cdktn.booleanToHclTerraform(struct.scsi),
            isBlock: false,
            type: "simple",
            storageClassType: "boolean",
        },
        url: {
            value: cdktn.stringToHclTerraform(struct.url),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        volume_id: {
            value: cdktn.stringToHclTerraform(struct.volumeId),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        wwn: {
            value: cdktn.stringToHclTerraform(struct.wwn),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
    // remove undefined attributes
    return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
}
class DomainDiskOutputReference extends cdktn.ComplexObject {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param complexObjectIndex the index of this item in the list
    * @param complexObjectIsFromSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource, terraformAttribute, complexObjectIndex, complexObjectIsFromSet) {
        super(terraformResource, terraformAttribute, complexObjectIsFromSet, complexObjectIndex);
        this.isEmptyObject = false;
    }
    get internalValue() {
        if (this.resolvableValue) {
            return this.resolvableValue;
        }
        let hasAnyValues = this.isEmptyObject;
        const internalValueResult = {};
        if (this._blockDevice !== undefined) {
            hasAnyValues = true;
            internalValueResult.blockDevice = this._blockDevice;
        }
        if (this._file !== undefined) {
            hasAnyValues = true;
            internalValueResult.file = this._file;
        }
        if (this._scsi !== undefined) {
            hasAnyValues = true;
            internalValueResult.scsi = this._scsi;
        }
        if (this._url !== undefined) {
            hasAnyValues = true;
            internalValueResult.url = this._url;
        }
        if (this._volumeId !== undefined) {
            hasAnyValues = true;
            internalValueResult.volumeId = this._volumeId;
        }
        if (this._wwn !== undefined) {
            hasAnyValues = true;
            internalValueResult.wwn = this._wwn;
        }
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
            this.resolvableValue = undefined;
            this._blockDevice = undefined;
            this._file = undefined;
            this._scsi = undefined;
            this._url = undefined;
            this._volumeId = undefined;
            this._wwn = undefined;
        }
        else if (cdktn.Tokenization.isResolvable(value)) {
            this.isEmptyObject = false;
            this.resolvableValue = value;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
            this.resolvableValue = undefined;
            this._blockDevice = value.blockDevice;
            this._file = value.file;
            this._scsi = value.scsi;
            this._url = value.url;
            this._volumeId = value.volumeId;
            this._wwn = value.wwn;
        }
    }
    get blockDevice() {
        return this.getStringAttribute('block_device');
    }
    set blockDevice(value) {
        this._blockDevice = value;
    }
    resetBlockDevice() {
        this._blockDevice = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get blockDeviceInput() {
        return this._blockDevice;
    }
    get file() {
        return this.getStringAttribute('file');
    }
    set file(value) {
        this._file = value;
    }
    resetFile() {
        this._file = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get fileInput() {
        return this._file;
    }
    get scsi() {
        return this.getBooleanAttribute('scsi');
    }
    set scsi(value) {
        this._scsi = value;
    }
    resetScsi() {
        this._scsi = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get scsiInput() {
        return this._scsi;
    }
    get url() {
        return this.getStringAttribute('url');
    }
    set url(value) {
        this._url = value;
    }
    resetUrl() {
        this._url = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get urlInput() {
        return this._url;
    }
    get volumeId() {
        return this.getStringAttribute('volume_id');
    }
    set volumeId(value) {
        this._volumeId = value;
    }
    resetVolumeId() {
        this._volumeId = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get volumeIdInput() {
        return this._volumeId;
    }
    get wwn() {
        return this.getStringAttribute('wwn');
    }
    set wwn(value) {
        this._wwn = value;
    }
    resetWwn() {
        this._wwn = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get wwnInput() {
        return this._wwn;
    }
}
exports.DomainDiskOutputReference = DomainDiskOutputReference;
class DomainDiskList extends cdktn.ComplexList {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param wrapsSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource, terraformAttribute, wrapsSet) {
        super(terraformResource, terraformAttribute, wrapsSet);
    }
    /**
    * @param index the index of the item to return
    */
    get(index) {
        return new DomainDiskOutputReference(this.terraformResource, this.terraformAttribute, index, this.wrapsSet);
    }
}
exports.DomainDiskList = DomainDiskList;
function domainFilesystemToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {
        accessmode: cdktn.stringToTerraform(struct.accessmode),
        readonly: cdktn.booleanToTerraform(struct.readonly),
        source: cdktn.stringToTerraform(struct.source),
        target: cdktn.stringToTerraform(struct.target),
    };
}
function domainFilesystemToHclTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    const attrs = {
        accessmode: {
            value: cdktn.stringToHclTerraform(struct.accessmode),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        readonly: {
            value: cdktn.booleanToHclTerraform(struct.readonly),
            isBlock: false,
            type: "simple",
            storageClassType: "boolean",
        },
        source: {
            value: cdktn.stringToHclTerraform(struct.source),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        target: {
            value: cdktn.stringToHclTerraform(struct.target),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
    // remove undefined attributes
    return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
}
class DomainFilesystemOutputReference extends cdktn.ComplexObject {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param complexObjectIndex the index of this item in the list
    * @param complexObjectIsFromSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource, terraformAttribute, complexObjectIndex, complexObjectIsFromSet) {
        super(terraformResource, terraformAttribute, complexObjectIsFromSet, complexObjectIndex);
        this.isEmptyObject = false;
    }
    get internalValue() {
        if (this.resolvableValue) {
            return this.resolvableValue;
        }
        let hasAnyValues = this.isEmptyObject;
        const internalValueResult = {};
        if (this._accessmode !== undefined) {
            hasAnyValues = true;
            internalValueResult.accessmode = this._accessmode;
        }
        if (this._readonly !== undefined) {
            hasAnyValues = true;
            internalValueResult.readonly = this._readonly;
        }
        if (this._source !== undefined) {
            hasAnyValues = true;
            internalValueResult.source = this._source;
        }
        if (this._target !== undefined) {
            hasAnyValues = true;
            internalValueResult.target = this._target;
        }
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
            this.resolvableValue = undefined;
            this._accessmode = undefined;
            this._readonly = undefined;
            this._source = undefined;
            this._target = undefined;
        }
        else if (cdktn.Tokenization.isResolvable(value)) {
            this.isEmptyObject = false;
            this.resolvableValue = value;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
            this.resolvableValue = undefined;
            this._accessmode = value.accessmode;
            this._readonly = value.readonly;
            this._source = value.source;
            this._target = value.target;
        }
    }
    get accessmode() {
        return this.getStringAttribute('accessmode');
    }
    set accessmode(value) {
        this._accessmode = value;
    }
    resetAccessmode() {
        this._accessmode = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get accessmodeInput() {
        return this._accessmode;
    }
    get readonly() {
        return this.getBooleanAttribute('readonly');
    }
    set readonly(value) {
        this._readonly = value;
    }
    resetReadonly() {
        this._readonly = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get readonlyInput() {
        return this._readonly;
    }
    get source() {
        return this.getStringAttribute('source');
    }
    set source(value) {
        this._source = value;
    }
    // Temporarily expose input value. Use with caution.
    get sourceInput() {
        return this._source;
    }
    get target() {
        return this.getStringAttribute('target');
    }
    set target(value) {
        this._target = value;
    }
    // Temporarily expose input value. Use with caution.
    get targetInput() {
        return this._target;
    }
}
exports.DomainFilesystemOutputReference = DomainFilesystemOutputReference;
class DomainFilesystemList extends cdktn.ComplexList {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param wrapsSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource, terraformAttribute, wrapsSet) {
        super(terraformResource, terraformAttribute, wrapsSet);
    }
    /**
    * @param index the index of the item to return
    */
    get(index) {
        return new DomainFilesystemOutputReference(this.terraformResource, this.terraformAttribute, index, this.wrapsSet);
    }
}
exports.DomainFilesystemList = DomainFilesystemList;
function domainGraphicsToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {
        autoport: cdktn.booleanToTerraform(struct.autoport),
        listen_address: cdktn.stringToTerraform(struct.listenAddress),
        listen_type: cdktn.stringToTerraform(struct.listenType),
        type: cdktn.stringToTerraform(struct.type),
        websocket: cdktn.numberToTerraform(struct.websocket),
    };
}
function domainGraphicsToHclTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    const attrs = {
        autoport: {
            value: cdktn.booleanToHclTerraform(struct.autoport),
            isBlock: false,
            type: "simple",
            storageClassType: "boolean",
        },
        listen_address: {
            value: cdktn.stringToHclTerraform(struct.listenAddress),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        listen_type: {
            value: cdktn.stringToHclTerraform(struct.listenType),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        type: {
            value: cdktn.stringToHclTerraform(struct.type),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        websocket: {
            value: cdktn.numberToHclTerraform(struct.websocket),
            isBlock: false,
            type: "simple",
            storageClassType: "number",
        },
    };
    // remove undefined attributes
    return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
}
class DomainGraphicsOutputReference extends cdktn.ComplexObject {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    */
    constructor(terraformResource, terraformAttribute) {
        super(terraformResource, terraformAttribute, false, 0);
        this.isEmptyObject = false;
    }
    get internalValue() {
        let hasAnyValues = this.isEmptyObject;
        const internalValueResult = {};
        if (this._autoport !== undefined) {
            hasAnyValues = true;
            internalValueResult.autoport = this._autoport;
        }
        if (this._listenAddress !== undefined) {
            hasAnyValues = true;
            internalValueResult.listenAddress = this._listenAddress;
        }
        if (this._listenType !== undefined) {
            hasAnyValues = true;
            internalValueResult.listenType = this._listenType;
        }
        if (this._type !== undefined) {
            hasAnyValues = true;
            internalValueResult.type = this._type;
        }
        if (this._websocket !== undefined) {
            hasAnyValues = true;
            internalValueResult.websocket = this._websocket;
        }
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
            this._autoport = undefined;
            this._listenAddress = undefined;
            this._listenType = undefined;
            this._type = undefined;
            this._websocket = undefined;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
            this._autoport = value.autoport;
            this._listenAddress = value.listenAddress;
            this._listenType = value.listenType;
            this._type = value.type;
            this._websocket = value.websocket;
        }
    }
    get autoport() {
        return this.getBooleanAttribute('autoport');
    }
    set autoport(value) {
        this._autoport = value;
    }
    resetAutoport() {
        this._autoport = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get autoportInput() {
        return this._autoport;
    }
    get listenAddress() {
        return this.getStringAttribute('listen_address');
    }
    set listenAddress(value) {
        this._listenAddress = value;
    }
    resetListenAddress() {
        this._listenAddress = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get listenAddressInput() {
        return this._listenAddress;
    }
    get listenType() {
        return this.getStringAttribute('listen_type');
    }
    set listenType(value) {
        this._listenType = value;
    }
    resetListenType() {
        this._listenType = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get listenTypeInput() {
        return this._listenType;
    }
    get type() {
        return this.getStringAttribute('type');
    }
    set type(value) {
        this._type = value;
    }
    resetType() {
        this._type = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get typeInput() {
        return this._type;
    }
    get websocket() {
        return this.getNumberAttribute('websocket');
    }
    set websocket(value) {
        this._websocket = value;
    }
    resetWebsocket() {
        this._websocket = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get websocketInput() {
        return this._websocket;
    }
}
exports.DomainGraphicsOutputReference = DomainGraphicsOutputReference;
function domainNetworkInterfaceToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {
        addresses: cdktn.listMapper(cdktn.stringToTerraform, false)(struct.addresses),
        bridge: cdktn.stringToTerraform(struct.bridge),
        hostname: cdktn.stringToTerraform(struct.hostname),
        mac: cdktn.stringToTerraform(struct.mac),
        macvtap: cdktn.stringToTerraform(struct.macvtap),
        network_id: cdktn.stringToTerraform(struct.networkId),
        network_name: cdktn.stringToTerraform(struct.networkName),
        passthrough: cdktn.stringToTerraform(struct.passthrough),
        private: cdktn.stringToTerraform(struct.private),
        vepa: cdktn.stringToTerraform(struct.vepa),
        wait_for_lease: cdktn.booleanToTerraform(struct.waitForLease),
    };
}
function domainNetworkInterfaceToHclTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    const attrs = {
        addresses: {
            value: cdktn.listMapperHcl(cdktn.stringToHclTerraform, false)(struct.addresses),
            isBlock: false,
            type: "list",
            storageClassType: "stringList",
        },
        bridge: {
            value: cdktn.stringToHclTerraform(struct.bridge),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        hostname: {
            value: cdktn.stringToHclTerraform(struct.hostname),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        mac: {
            value: cdktn.stringToHclTerraform(struct.mac),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        macvtap: {
            value: cdktn.stringToHclTerraform(struct.macvtap),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        network_id: {
            value: cdktn.stringToHclTerraform(struct.networkId),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        network_name: {
            value: cdktn.stringToHclTerraform(struct.networkName),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        passthrough: {
            value: cdktn.stringToHclTerraform(struct.passthrough),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        private: {
            value: cdktn.stringToHclTerraform(struct.private),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        vepa: {
            value: cdktn.stringToHclTerraform(struct.vepa),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        wait_for_lease: {
            value: cdktn.booleanToHclTerraform(struct.waitForLease),
            isBlock: false,
            type: "simple",
            storageClassType: "boolean",
        },
    };
    // remove undefined attributes
    return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
}
class DomainNetworkInterfaceOutputReference extends cdktn.ComplexObject {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param complexObjectIndex the index of this item in the list
    * @param complexObjectIsFromSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource, terraformAttribute, complexObjectIndex, complexObjectIsFromSet) {
        super(terraformResource, terraformAttribute, complexObjectIsFromSet, complexObjectIndex);
        this.isEmptyObject = false;
    }
    get internalValue() {
        if (this.resolvableValue) {
            return this.resolvableValue;
        }
        let hasAnyValues = this.isEmptyObject;
        const internalValueResult = {};
        if (this._addresses !== undefined) {
            hasAnyValues = true;
            internalValueResult.addresses = this._addresses;
        }
        if (this._bridge !== undefined) {
            hasAnyValues = true;
            internalValueResult.bridge = this._bridge;
        }
        if (this._hostname !== undefined) {
            hasAnyValues = true;
            internalValueResult.hostname = this._hostname;
        }
        if (this._mac !== undefined) {
            hasAnyValues = true;
            internalValueResult.mac = this._mac;
        }
        if (this._macvtap !== undefined) {
            hasAnyValues = true;
            internalValueResult.macvtap = this._macvtap;
        }
        if (this._networkId !== undefined) {
            hasAnyValues = true;
            internalValueResult.networkId = this._networkId;
        }
        if (this._networkName !== undefined) {
            hasAnyValues = true;
            internalValueResult.networkName = this._networkName;
        }
        if (this._passthrough !== undefined) {
            hasAnyValues = true;
            internalValueResult.passthrough = this._passthrough;
        }
        if (this._private !== undefined) {
            hasAnyValues = true;
            internalValueResult.private = this._private;
        }
        if (this._vepa !== undefined) {
            hasAnyValues = true;
            internalValueResult.vepa = this._vepa;
        }
        if (this._waitForLease !== undefined) {
            hasAnyValues = true;
            internalValueResult.waitForLease = this._waitForLease;
        }
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
            this.resolvableValue = undefined;
            this._addresses = undefined;
            this._bridge = undefined;
            this._hostname = undefined;
            this._mac = undefined;
            this._macvtap = undefined;
            this._networkId = undefined;
            this._networkName = undefined;
            this._passthrough = undefined;
            this._private = undefined;
            this._vepa = undefined;
            this._waitForLease = undefined;
        }
        else if (cdktn.Tokenization.isResolvable(value)) {
            this.isEmptyObject = false;
            this.resolvableValue = value;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
            this.resolvableValue = undefined;
            this._addresses = value.addresses;
            this._bridge = value.bridge;
            this._hostname = value.hostname;
            this._mac = value.mac;
            this._macvtap = value.macvtap;
            this._networkId = value.networkId;
            this._networkName = value.networkName;
            this._passthrough = value.passthrough;
            this._private = value.private;
            this._vepa = value.vepa;
            this._waitForLease = value.waitForLease;
        }
    }
    get addresses() {
        return this.getListAttribute('addresses');
    }
    set addresses(value) {
        this._addresses = value;
    }
    resetAddresses() {
        this._addresses = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get addressesInput() {
        return this._addresses;
    }
    get bridge() {
        return this.getStringAttribute('bridge');
    }
    set bridge(value) {
        this._bridge = value;
    }
    resetBridge() {
        this._bridge = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get bridgeInput() {
        return this._bridge;
    }
    get hostname() {
        return this.getStringAttribute('hostname');
    }
    set hostname(value) {
        this._hostname = value;
    }
    resetHostname() {
        this._hostname = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get hostnameInput() {
        return this._hostname;
    }
    get mac() {
        return this.getStringAttribute('mac');
    }
    set mac(value) {
        this._mac = value;
    }
    resetMac() {
        this._mac = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get macInput() {
        return this._mac;
    }
    get macvtap() {
        return this.getStringAttribute('macvtap');
    }
    set macvtap(value) {
        this._macvtap = value;
    }
    resetMacvtap() {
        this._macvtap = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get macvtapInput() {
        return this._macvtap;
    }
    get networkId() {
        return this.getStringAttribute('network_id');
    }
    set networkId(value) {
        this._networkId = value;
    }
    resetNetworkId() {
        this._networkId = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get networkIdInput() {
        return this._networkId;
    }
    get networkName() {
        return this.getStringAttribute('network_name');
    }
    set networkName(value) {
        this._networkName = value;
    }
    resetNetworkName() {
        this._networkName = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get networkNameInput() {
        return this._networkName;
    }
    get passthrough() {
        return this.getStringAttribute('passthrough');
    }
    set passthrough(value) {
        this._passthrough = value;
    }
    resetPassthrough() {
        this._passthrough = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get passthroughInput() {
        return this._passthrough;
    }
    get private() {
        return this.getStringAttribute('private');
    }
    set private(value) {
        this._private = value;
    }
    resetPrivate() {
        this._private = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get privateInput() {
        return this._private;
    }
    get vepa() {
        return this.getStringAttribute('vepa');
    }
    set vepa(value) {
        this._vepa = value;
    }
    resetVepa() {
        this._vepa = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get vepaInput() {
        return this._vepa;
    }
    get waitForLease() {
        return this.getBooleanAttribute('wait_for_lease');
    }
    set waitForLease(value) {
        this._waitForLease = value;
    }
    resetWaitForLease() {
        this._waitForLease = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get waitForLeaseInput() {
        return this._waitForLease;
    }
}
exports.DomainNetworkInterfaceOutputReference = DomainNetworkInterfaceOutputReference;
class DomainNetworkInterfaceList extends cdktn.ComplexList {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param wrapsSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource, terraformAttribute, wrapsSet) {
        super(terraformResource, terraformAttribute, wrapsSet);
    }
    /**
    * @param index the index of the item to return
    */
    get(index) {
        return new DomainNetworkInterfaceOutputReference(this.terraformResource, this.terraformAttribute, index, this.wrapsSet);
    }
}
exports.DomainNetworkInterfaceList = DomainNetworkInterfaceList;
function domainNvramToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {
        file: cdktn.stringToTerraform(struct.file),
        template: cdktn.stringToTerraform(struct.template),
    };
}
function domainNvramToHclTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    const attrs = {
        file: {
            value: cdktn.stringToHclTerraform(struct.file),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        template: {
            value: cdktn.stringToHclTerraform(struct.template),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
    // remove undefined attributes
    return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
}
class DomainNvramOutputReference extends cdktn.ComplexObject {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    */
    constructor(terraformResource, terraformAttribute) {
        super(terraformResource, terraformAttribute, false, 0);
        this.isEmptyObject = false;
    }
    get internalValue() {
        let hasAnyValues = this.isEmptyObject;
        const internalValueResult = {};
        if (this._file !== undefined) {
            hasAnyValues = true;
            internalValueResult.file = this._file;
        }
        if (this._template !== undefined) {
            hasAnyValues = true;
            internalValueResult.template = this._template;
        }
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
            this._file = undefined;
            this._template = undefined;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
            this._file = value.file;
            this._template = value.template;
        }
    }
    get file() {
        return this.getStringAttribute('file');
    }
    set file(value) {
        this._file = value;
    }
    resetFile() {
        this._file = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get fileInput() {
        return this._file;
    }
    get template() {
        return this.getStringAttribute('template');
    }
    set template(value) {
        this._template = value;
    }
    resetTemplate() {
        this._template = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get templateInput() {
        return this._template;
    }
}
exports.DomainNvramOutputReference = DomainNvramOutputReference;
function domainTimeoutsToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {
        create: cdktn.stringToTerraform(struct.create),
    };
}
function domainTimeoutsToHclTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    const attrs = {
        create: {
            value: cdktn.stringToHclTerraform(struct.create),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
    // remove undefined attributes
    return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
}
class DomainTimeoutsOutputReference extends cdktn.ComplexObject {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    */
    constructor(terraformResource, terraformAttribute) {
        super(terraformResource, terraformAttribute, false);
        this.isEmptyObject = false;
    }
    get internalValue() {
        if (this.resolvableValue) {
            return this.resolvableValue;
        }
        let hasAnyValues = this.isEmptyObject;
        const internalValueResult = {};
        if (this._create !== undefined) {
            hasAnyValues = true;
            internalValueResult.create = this._create;
        }
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
            this.resolvableValue = undefined;
            this._create = undefined;
        }
        else if (cdktn.Tokenization.isResolvable(value)) {
            this.isEmptyObject = false;
            this.resolvableValue = value;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
            this.resolvableValue = undefined;
            this._create = value.create;
        }
    }
    get create() {
        return this.getStringAttribute('create');
    }
    set create(value) {
        this._create = value;
    }
    resetCreate() {
        this._create = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get createInput() {
        return this._create;
    }
}
exports.DomainTimeoutsOutputReference = DomainTimeoutsOutputReference;
function domainTpmToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {
        backend_device_path: cdktn.stringToTerraform(struct.backendDevicePath),
        backend_encryption_secret: cdktn.stringToTerraform(struct.backendEncryptionSecret),
        backend_persistent_state: cdktn.booleanToTerraform(struct.backendPersistentState),
        backend_type: cdktn.stringToTerraform(struct.backendType),
        backend_version: cdktn.stringToTerraform(struct.backendVersion),
        model: cdktn.stringToTerraform(struct.model),
    };
}
function domainTpmToHclTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    const attrs = {
        backend_device_path: {
            value: cdktn.stringToHclTerraform(struct.backendDevicePath),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        backend_encryption_secret: {
            value: cdktn.stringToHclTerraform(struct.backendEncryptionSecret),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        backend_persistent_state: {
            value: cdktn.booleanToHclTerraform(struct.backendPersistentState),
            isBlock: false,
            type: "simple",
            storageClassType: "boolean",
        },
        backend_type: {
            value: cdktn.stringToHclTerraform(struct.backendType),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        backend_version: {
            value: cdktn.stringToHclTerraform(struct.backendVersion),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        model: {
            value: cdktn.stringToHclTerraform(struct.model),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
    // remove undefined attributes
    return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
}
class DomainTpmOutputReference extends cdktn.ComplexObject {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    */
    constructor(terraformResource, terraformAttribute) {
        super(terraformResource, terraformAttribute, false, 0);
        this.isEmptyObject = false;
    }
    get internalValue() {
        let hasAnyValues = this.isEmptyObject;
        const internalValueResult = {};
        if (this._backendDevicePath !== undefined) {
            hasAnyValues = true;
            internalValueResult.backendDevicePath = this._backendDevicePath;
        }
        if (this._backendEncryptionSecret !== undefined) {
            hasAnyValues = true;
            internalValueResult.backendEncryptionSecret = this._backendEncryptionSecret;
        }
        if (this._backendPersistentState !== undefined) {
            hasAnyValues = true;
            internalValueResult.backendPersistentState = this._backendPersistentState;
        }
        if (this._backendType !== undefined) {
            hasAnyValues = true;
            internalValueResult.backendType = this._backendType;
        }
        if (this._backendVersion !== undefined) {
            hasAnyValues = true;
            internalValueResult.backendVersion = this._backendVersion;
        }
        if (this._model !== undefined) {
            hasAnyValues = true;
            internalValueResult.model = this._model;
        }
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
            this._backendDevicePath = undefined;
            this._backendEncryptionSecret = undefined;
            this._backendPersistentState = undefined;
            this._backendType = undefined;
            this._backendVersion = undefined;
            this._model = undefined;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
            this._backendDevicePath = value.backendDevicePath;
            this._backendEncryptionSecret = value.backendEncryptionSecret;
            this._backendPersistentState = value.backendPersistentState;
            this._backendType = value.backendType;
            this._backendVersion = value.backendVersion;
            this._model = value.model;
        }
    }
    get backendDevicePath() {
        return this.getStringAttribute('backend_device_path');
    }
    set backendDevicePath(value) {
        this._backendDevicePath = value;
    }
    resetBackendDevicePath() {
        this._backendDevicePath = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get backendDevicePathInput() {
        return this._backendDevicePath;
    }
    get backendEncryptionSecret() {
        return this.getStringAttribute('backend_encryption_secret');
    }
    set backendEncryptionSecret(value) {
        this._backendEncryptionSecret = value;
    }
    resetBackendEncryptionSecret() {
        this._backendEncryptionSecret = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get backendEncryptionSecretInput() {
        return this._backendEncryptionSecret;
    }
    get backendPersistentState() {
        return this.getBooleanAttribute('backend_persistent_state');
    }
    set backendPersistentState(value) {
        this._backendPersistentState = value;
    }
    resetBackendPersistentState() {
        this._backendPersistentState = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get backendPersistentStateInput() {
        return this._backendPersistentState;
    }
    get backendType() {
        return this.getStringAttribute('backend_type');
    }
    set backendType(value) {
        this._backendType = value;
    }
    resetBackendType() {
        this._backendType = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get backendTypeInput() {
        return this._backendType;
    }
    get backendVersion() {
        return this.getStringAttribute('backend_version');
    }
    set backendVersion(value) {
        this._backendVersion = value;
    }
    resetBackendVersion() {
        this._backendVersion = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get backendVersionInput() {
        return this._backendVersion;
    }
    get model() {
        return this.getStringAttribute('model');
    }
    set model(value) {
        this._model = value;
    }
    resetModel() {
        this._model = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get modelInput() {
        return this._model;
    }
}
exports.DomainTpmOutputReference = DomainTpmOutputReference;
function domainVideoToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {
        type: cdktn.stringToTerraform(struct.type),
    };
}
function domainVideoToHclTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    const attrs = {
        type: {
            value: cdktn.stringToHclTerraform(struct.type),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
    // remove undefined attributes
    return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
}
class DomainVideoOutputReference extends cdktn.ComplexObject {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    */
    constructor(terraformResource, terraformAttribute) {
        super(terraformResource, terraformAttribute, false, 0);
        this.isEmptyObject = false;
    }
    get internalValue() {
        let hasAnyValues = this.isEmptyObject;
        const internalValueResult = {};
        if (this._type !== undefined) {
            hasAnyValues = true;
            internalValueResult.type = this._type;
        }
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
            this._type = undefined;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
            this._type = value.type;
        }
    }
    get type() {
        return this.getStringAttribute('type');
    }
    set type(value) {
        this._type = value;
    }
    resetType() {
        this._type = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get typeInput() {
        return this._type;
    }
}
exports.DomainVideoOutputReference = DomainVideoOutputReference;
function domainXmlToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {
        xslt: cdktn.stringToTerraform(struct.xslt),
    };
}
function domainXmlToHclTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    const attrs = {
        xslt: {
            value: cdktn.stringToHclTerraform(struct.xslt),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
    // remove undefined attributes
    return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
}
class DomainXmlOutputReference extends cdktn.ComplexObject {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    */
    constructor(terraformResource, terraformAttribute) {
        super(terraformResource, terraformAttribute, false, 0);
        this.isEmptyObject = false;
    }
    get internalValue() {
        let hasAnyValues = this.isEmptyObject;
        const internalValueResult = {};
        if (this._xslt !== undefined) {
            hasAnyValues = true;
            internalValueResult.xslt = this._xslt;
        }
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
            this._xslt = undefined;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
            this._xslt = value.xslt;
        }
    }
    get xslt() {
        return this.getStringAttribute('xslt');
    }
    set xslt(value) {
        this._xslt = value;
    }
    resetXslt() {
        this._xslt = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get xsltInput() {
        return this._xslt;
    }
}
exports.DomainXmlOutputReference = DomainXmlOutputReference;
/**
* Represents a {@link https://registry.terraform.io/providers/dmacvicar/libvirt/0.8.3/docs/resources/domain libvirt_domain}
*/
class Domain extends cdktn.TerraformResource {
    // =================
    // STATIC PROPERTIES
    // =================
    static { this.tfResourceType = "libvirt_domain"; }
    // ==============
    // STATIC Methods
    // ==============
    /**
    * Generates CDKTN code for importing a Domain resource upon running "cdktn plan <stack-name>"
    * @param scope The scope in which to define this construct
    * @param importToId The construct id used in the generated config for the Domain to import
    * @param importFromId The id of the existing Domain that should be imported. Refer to the {@link https://registry.terraform.io/providers/dmacvicar/libvirt/0.8.3/docs/resources/domain#import import section} in the documentation of this resource for the id to use
    * @param provider? Optional instance of the provider where the Domain to import is found
    */
    static generateConfigForImport(scope, importToId, importFromId, provider) {
        return new cdktn.ImportableResource(scope, importToId, { terraformResourceType: "libvirt_domain", importId: importFromId, provider });
    }
    // ===========
    // INITIALIZER
    // ===========
    /**
    * Create a new {@link https://registry.terraform.io/providers/dmacvicar/libvirt/0.8.3/docs/resources/domain libvirt_domain} Resource
    *
    * @param scope The scope in which to define this construct
    * @param id The scoped construct ID. Must be unique amongst siblings in the same scope
    * @param options DomainConfig
    */
    constructor(scope, id, config) {
        super(scope, id, {
            terraformResourceType: 'libvirt_domain',
            terraformGeneratorMetadata: {
                providerName: 'libvirt',
                providerVersionConstraint: '0.8.3'
            },
            provider: config.provider,
            dependsOn: config.dependsOn,
            count: config.count,
            lifecycle: config.lifecycle,
            provisioners: config.provisioners,
            connection: config.connection,
            forEach: config.forEach
        });
        // boot_device - computed: false, optional: true, required: false
        this._bootDevice = new DomainBootDeviceList(this, "boot_device", false);
        // console - computed: false, optional: true, required: false
        this._console = new DomainConsoleList(this, "console", false);
        // cpu - computed: false, optional: true, required: false
        this._cpu = new DomainCpuOutputReference(this, "cpu");
        // disk - computed: false, optional: true, required: false
        this._disk = new DomainDiskList(this, "disk", false);
        // filesystem - computed: false, optional: true, required: false
        this._filesystem = new DomainFilesystemList(this, "filesystem", false);
        // graphics - computed: false, optional: true, required: false
        this._graphics = new DomainGraphicsOutputReference(this, "graphics");
        // network_interface - computed: false, optional: true, required: false
        this._networkInterface = new DomainNetworkInterfaceList(this, "network_interface", false);
        // nvram - computed: false, optional: true, required: false
        this._nvram = new DomainNvramOutputReference(this, "nvram");
        // timeouts - computed: false, optional: true, required: false
        this._timeouts = new DomainTimeoutsOutputReference(this, "timeouts");
        // tpm - computed: false, optional: true, required: false
        this._tpm = new DomainTpmOutputReference(this, "tpm");
        // video - computed: false, optional: true, required: false
        this._video = new DomainVideoOutputReference(this, "video");
        // xml - computed: false, optional: true, required: false
        this._xml = new DomainXmlOutputReference(this, "xml");
        this._arch = config.arch;
        this._autostart = config.autostart;
        this._cloudinit = config.cloudinit;
        this._cmdline = config.cmdline;
        this._coreosIgnition = config.coreosIgnition;
        this._description = config.description;
        this._emulator = config.emulator;
        this._firmware = config.firmware;
        this._fwCfgName = config.fwCfgName;
        this._id = config.id;
        this._initrd = config.initrd;
        this._kernel = config.kernel;
        this._machine = config.machine;
        this._memory = config.memory;
        this._metadata = config.metadata;
        this._name = config.name;
        this._qemuAgent = config.qemuAgent;
        this._running = config.running;
        this._type = config.type;
        this._vcpu = config.vcpu;
        this._bootDevice.internalValue = config.bootDevice;
        this._console.internalValue = config.console;
        this._cpu.internalValue = config.cpu;
        this._disk.internalValue = config.disk;
        this._filesystem.internalValue = config.filesystem;
        this._graphics.internalValue = config.graphics;
        this._networkInterface.internalValue = config.networkInterface;
        this._nvram.internalValue = config.nvram;
        this._timeouts.internalValue = config.timeouts;
        this._tpm.internalValue = config.tpm;
        this._video.internalValue = config.video;
        this._xml.internalValue = config.xml;
    }
    get arch() {
        return this.getStringAttribute('arch');
    }
    set arch(value) {
        this._arch = value;
    }
    resetArch() {
        this._arch = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get archInput() {
        return this._arch;
    }
    get autostart() {
        return this.getBooleanAttribute('autostart');
    }
    set autostart(value) {
        this._autostart = value;
    }
    resetAutostart() {
        this._autostart = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get autostartInput() {
        return this._autostart;
    }
    get cloudinit() {
        return this.getStringAttribute('cloudinit');
    }
    set cloudinit(value) {
        this._cloudinit = value;
    }
    resetCloudinit() {
        this._cloudinit = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get cloudinitInput() {
        return this._cloudinit;
    }
    get cmdline() {
        return this.interpolationForAttribute('cmdline');
    }
    set cmdline(value) {
        this._cmdline = value;
    }
    resetCmdline() {
        this._cmdline = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get cmdlineInput() {
        return this._cmdline;
    }
    get coreosIgnition() {
        return this.getStringAttribute('coreos_ignition');
    }
    set coreosIgnition(value) {
        this._coreosIgnition = value;
    }
    resetCoreosIgnition() {
        this._coreosIgnition = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get coreosIgnitionInput() {
        return this._coreosIgnition;
    }
    get description() {
        return this.getStringAttribute('description');
    }
    set description(value) {
        this._description = value;
    }
    resetDescription() {
        this._description = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get descriptionInput() {
        return this._description;
    }
    get emulator() {
        return this.getStringAttribute('emulator');
    }
    set emulator(value) {
        this._emulator = value;
    }
    resetEmulator() {
        this._emulator = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get emulatorInput() {
        return this._emulator;
    }
    get firmware() {
        return this.getStringAttribute('firmware');
    }
    set firmware(value) {
        this._firmware = value;
    }
    resetFirmware() {
        this._firmware = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get firmwareInput() {
        return this._firmware;
    }
    get fwCfgName() {
        return this.getStringAttribute('fw_cfg_name');
    }
    set fwCfgName(value) {
        this._fwCfgName = value;
    }
    resetFwCfgName() {
        this._fwCfgName = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get fwCfgNameInput() {
        return this._fwCfgName;
    }
    get id() {
        return this.getStringAttribute('id');
    }
    set id(value) {
        this._id = value;
    }
    resetId() {
        this._id = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get idInput() {
        return this._id;
    }
    get initrd() {
        return this.getStringAttribute('initrd');
    }
    set initrd(value) {
        this._initrd = value;
    }
    resetInitrd() {
        this._initrd = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get initrdInput() {
        return this._initrd;
    }
    get kernel() {
        return this.getStringAttribute('kernel');
    }
    set kernel(value) {
        this._kernel = value;
    }
    resetKernel() {
        this._kernel = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get kernelInput() {
        return this._kernel;
    }
    get machine() {
        return this.getStringAttribute('machine');
    }
    set machine(value) {
        this._machine = value;
    }
    resetMachine() {
        this._machine = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get machineInput() {
        return this._machine;
    }
    get memory() {
        return this.getNumberAttribute('memory');
    }
    set memory(value) {
        this._memory = value;
    }
    resetMemory() {
        this._memory = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get memoryInput() {
        return this._memory;
    }
    get metadata() {
        return this.getStringAttribute('metadata');
    }
    set metadata(value) {
        this._metadata = value;
    }
    resetMetadata() {
        this._metadata = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get metadataInput() {
        return this._metadata;
    }
    get name() {
        return this.getStringAttribute('name');
    }
    set name(value) {
        this._name = value;
    }
    // Temporarily expose input value. Use with caution.
    get nameInput() {
        return this._name;
    }
    get qemuAgent() {
        return this.getBooleanAttribute('qemu_agent');
    }
    set qemuAgent(value) {
        this._qemuAgent = value;
    }
    resetQemuAgent() {
        this._qemuAgent = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get qemuAgentInput() {
        return this._qemuAgent;
    }
    get running() {
        return this.getBooleanAttribute('running');
    }
    set running(value) {
        this._running = value;
    }
    resetRunning() {
        this._running = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get runningInput() {
        return this._running;
    }
    get type() {
        return this.getStringAttribute('type');
    }
    set type(value) {
        this._type = value;
    }
    resetType() {
        this._type = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get typeInput() {
        return this._type;
    }
    get vcpu() {
        return this.getNumberAttribute('vcpu');
    }
    set vcpu(value) {
        this._vcpu = value;
    }
    resetVcpu() {
        this._vcpu = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get vcpuInput() {
        return this._vcpu;
    }
    get bootDevice() {
        return this._bootDevice;
    }
    putBootDevice(value) {
        this._bootDevice.internalValue = value;
    }
    resetBootDevice() {
        this._bootDevice.internalValue = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get bootDeviceInput() {
        return this._bootDevice.internalValue;
    }
    get console() {
        return this._console;
    }
    putConsole(value) {
        this._console.internalValue = value;
    }
    resetConsole() {
        this._console.internalValue = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get consoleInput() {
        return this._console.internalValue;
    }
    get cpu() {
        return this._cpu;
    }
    putCpu(value) {
        this._cpu.internalValue = value;
    }
    resetCpu() {
        this._cpu.internalValue = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get cpuInput() {
        return this._cpu.internalValue;
    }
    get disk() {
        return this._disk;
    }
    putDisk(value) {
        this._disk.internalValue = value;
    }
    resetDisk() {
        this._disk.internalValue = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get diskInput() {
        return this._disk.internalValue;
    }
    get filesystem() {
        return this._filesystem;
    }
    putFilesystem(value) {
        this._filesystem.internalValue = value;
    }
    resetFilesystem() {
        this._filesystem.internalValue = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get filesystemInput() {
        return this._filesystem.internalValue;
    }
    get graphics() {
        return this._graphics;
    }
    putGraphics(value) {
        this._graphics.internalValue = value;
    }
    resetGraphics() {
        this._graphics.internalValue = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get graphicsInput() {
        return this._graphics.internalValue;
    }
    get networkInterface() {
        return this._networkInterface;
    }
    putNetworkInterface(value) {
        this._networkInterface.internalValue = value;
    }
    resetNetworkInterface() {
        this._networkInterface.internalValue = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get networkInterfaceInput() {
        return this._networkInterface.internalValue;
    }
    get nvram() {
        return this._nvram;
    }
    putNvram(value) {
        this._nvram.internalValue = value;
    }
    resetNvram() {
        this._nvram.internalValue = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get nvramInput() {
        return this._nvram.internalValue;
    }
    get timeouts() {
        return this._timeouts;
    }
    putTimeouts(value) {
        this._timeouts.internalValue = value;
    }
    resetTimeouts() {
        this._timeouts.internalValue = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get timeoutsInput() {
        return this._timeouts.internalValue;
    }
    get tpm() {
        return this._tpm;
    }
    putTpm(value) {
        this._tpm.internalValue = value;
    }
    resetTpm() {
        this._tpm.internalValue = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get tpmInput() {
        return this._tpm.internalValue;
    }
    get video() {
        return this._video;
    }
    putVideo(value) {
        this._video.internalValue = value;
    }
    resetVideo() {
        this._video.internalValue = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get videoInput() {
        return this._video.internalValue;
    }
    get xml() {
        return this._xml;
    }
    putXml(value) {
        this._xml.internalValue = value;
    }
    resetXml() {
        this._xml.internalValue = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get xmlInput() {
        return this._xml.internalValue;
    }
    // =========
    // SYNTHESIS
    // =========
    synthesizeAttributes() {
        return {
            arch: cdktn.stringToTerraform(this._arch),
            autostart: cdktn.booleanToTerraform(this._autostart),
            cloudinit: cdktn.stringToTerraform(this._cloudinit),
            cmdline: cdktn.listMapper(cdktn.hashMapper(cdktn.stringToTerraform), false)(this._cmdline),
            coreos_ignition: cdktn.stringToTerraform(this._coreosIgnition),
            description: cdktn.stringToTerraform(this._description),
            emulator: cdktn.stringToTerraform(this._emulator),
            firmware: cdktn.stringToTerraform(this._firmware),
            fw_cfg_name: cdktn.stringToTerraform(this._fwCfgName),
            id: cdktn.stringToTerraform(this._id),
            initrd: cdktn.stringToTerraform(this._initrd),
            kernel: cdktn.stringToTerraform(this._kernel),
            machine: cdktn.stringToTerraform(this._machine),
            memory: cdktn.numberToTerraform(this._memory),
            metadata: cdktn.stringToTerraform(this._metadata),
            name: cdktn.stringToTerraform(this._name),
            qemu_agent: cdktn.booleanToTerraform(this._qemuAgent),
            running: cdktn.booleanToTerraform(this._running),
            type: cdktn.stringToTerraform(this._type),
            vcpu: cdktn.numberToTerraform(this._vcpu),
            boot_device: cdktn.listMapper(domainBootDeviceToTerraform, true)(this._bootDevice.internalValue),
            console: cdktn.listMapper(domainConsoleToTerraform, true)(this._console.internalValue),
            cpu: domainCpuToTerraform(this._cpu.internalValue),
            disk: cdktn.listMapper(domainDiskToTerraform, true)(this._disk.internalValue),
            filesystem: cdktn.listMapper(domainFilesystemToTerraform, true)(this._filesystem.internalValue),
            graphics: domainGraphicsToTerraform(this._graphics.internalValue),
            network_interface: cdktn.listMapper(domainNetworkInterfaceToTerraform, true)(this._networkInterface.internalValue),
            nvram: domainNvramToTerraform(this._nvram.internalValue),
            timeouts: domainTimeoutsToTerraform(this._timeouts.internalValue),
            tpm: domainTpmToTerraform(this._tpm.internalValue),
            video: domainVideoToTerraform(this._video.internalValue),
            xml: domainXmlToTerraform(this._xml.internalValue),
        };
    }
    synthesizeHclAttributes() {
        const attrs = {
            arch: {
                value: cdktn.stringToHclTerraform(this._arch),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            autostart: {
                value: cdktn.booleanToHclTerraform(this._autostart),
                isBlock: false,
                type: "simple",
                storageClassType: "boolean",
            },
            cloudinit: {
                value: cdktn.stringToHclTerraform(this._cloudinit),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            cmdline: {
                value: cdktn.listMapperHcl(cdktn.hashMapperHcl(cdktn.stringToHclTerraform), false)(this._cmdline),
                isBlock: false,
                type: "list",
                storageClassType: "stringMapList",
            },
            coreos_ignition: {
                value: cdktn.stringToHclTerraform(this._coreosIgnition),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            description: {
                value: cdktn.stringToHclTerraform(this._description),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            emulator: {
                value: cdktn.stringToHclTerraform(this._emulator),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            firmware: {
                value: cdktn.stringToHclTerraform(this._firmware),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            fw_cfg_name: {
                value: cdktn.stringToHclTerraform(this._fwCfgName),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            id: {
                value: cdktn.stringToHclTerraform(this._id),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            initrd: {
                value: cdktn.stringToHclTerraform(this._initrd),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            kernel: {
                value: cdktn.stringToHclTerraform(this._kernel),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            machine: {
                value: cdktn.stringToHclTerraform(this._machine),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            memory: {
                value: cdktn.numberToHclTerraform(this._memory),
                isBlock: false,
                type: "simple",
                storageClassType: "number",
            },
            metadata: {
                value: cdktn.stringToHclTerraform(this._metadata),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            name: {
                value: cdktn.stringToHclTerraform(this._name),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            qemu_agent: {
                value: cdktn.booleanToHclTerraform(this._qemuAgent),
                isBlock: false,
                type: "simple",
                storageClassType: "boolean",
            },
            running: {
                value: cdktn.booleanToHclTerraform(this._running),
                isBlock: false,
                type: "simple",
                storageClassType: "boolean",
            },
            type: {
                value: cdktn.stringToHclTerraform(this._type),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            vcpu: {
                value: cdktn.numberToHclTerraform(this._vcpu),
                isBlock: false,
                type: "simple",
                storageClassType: "number",
            },
            boot_device: {
                value: cdktn.listMapperHcl(domainBootDeviceToHclTerraform, true)(this._bootDevice.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "DomainBootDeviceList",
            },
            console: {
                value: cdktn.listMapperHcl(domainConsoleToHclTerraform, true)(this._console.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "DomainConsoleList",
            },
            cpu: {
                value: domainCpuToHclTerraform(this._cpu.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "DomainCpuList",
            },
            disk: {
                value: cdktn.listMapperHcl(domainDiskToHclTerraform, true)(this._disk.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "DomainDiskList",
            },
            filesystem: {
                value: cdktn.listMapperHcl(domainFilesystemToHclTerraform, true)(this._filesystem.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "DomainFilesystemList",
            },
            graphics: {
                value: domainGraphicsToHclTerraform(this._graphics.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "DomainGraphicsList",
            },
            network_interface: {
                value: cdktn.listMapperHcl(domainNetworkInterfaceToHclTerraform, true)(this._networkInterface.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "DomainNetworkInterfaceList",
            },
            nvram: {
                value: domainNvramToHclTerraform(this._nvram.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "DomainNvramList",
            },
            timeouts: {
                value: domainTimeoutsToHclTerraform(this._timeouts.internalValue),
                isBlock: true,
                type: "struct",
                storageClassType: "DomainTimeouts",
            },
            tpm: {
                value: domainTpmToHclTerraform(this._tpm.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "DomainTpmList",
            },
            video: {
                value: domainVideoToHclTerraform(this._video.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "DomainVideoList",
            },
            xml: {
                value: domainXmlToHclTerraform(this._xml.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "DomainXmlList",
            },
        };
        // remove undefined attributes
        return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
    }
}
exports.Domain = Domain;
