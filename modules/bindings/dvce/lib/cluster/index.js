"use strict";
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
exports.Cluster = exports.ClusterTimeoutsOutputReference = exports.ClusterPlacementsMap = exports.ClusterPlacementsOutputReference = exports.ClusterMembersMap = exports.ClusterMembersOutputReference = void 0;
exports.clusterMembersToTerraform = clusterMembersToTerraform;
exports.clusterMembersToHclTerraform = clusterMembersToHclTerraform;
exports.clusterPlacementsToTerraform = clusterPlacementsToTerraform;
exports.clusterPlacementsToHclTerraform = clusterPlacementsToHclTerraform;
exports.clusterTimeoutsToTerraform = clusterTimeoutsToTerraform;
exports.clusterTimeoutsToHclTerraform = clusterTimeoutsToHclTerraform;
const cdktn = __importStar(require("cdktf"));
function clusterMembersToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {
        disk_gib: cdktn.numberToTerraform(struct.diskGib),
        memory_mib: cdktn.numberToTerraform(struct.memoryMib),
        vcpus: cdktn.numberToTerraform(struct.vcpus),
        version: cdktn.stringToTerraform(struct.version),
    };
}
function clusterMembersToHclTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    const attrs = {
        disk_gib: {
            value: cdktn.numberToHclTerraform(struct.diskGib),
            isBlock: false,
            type: "simple",
            storageClassType: "number",
        },
        memory_mib: {
            value: cdktn.numberToHclTerraform(struct.memoryMib),
            isBlock: false,
            type: "simple",
            storageClassType: "number",
        },
        vcpus: {
            value: cdktn.numberToHclTerraform(struct.vcpus),
            isBlock: false,
            type: "simple",
            storageClassType: "number",
        },
        version: {
            value: cdktn.stringToHclTerraform(struct.version),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
    // remove undefined attributes
    return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
}
class ClusterMembersOutputReference extends cdktn.ComplexObject {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param complexObjectKey the key of this item in the map
    */
    constructor(terraformResource, terraformAttribute, complexObjectKey) {
        super(terraformResource, terraformAttribute, false, complexObjectKey);
        this.isEmptyObject = false;
    }
    get internalValue() {
        if (this.resolvableValue) {
            return this.resolvableValue;
        }
        let hasAnyValues = this.isEmptyObject;
        const internalValueResult = {};
        if (this._diskGib !== undefined) {
            hasAnyValues = true;
            internalValueResult.diskGib = this._diskGib;
        }
        if (this._memoryMib !== undefined) {
            hasAnyValues = true;
            internalValueResult.memoryMib = this._memoryMib;
        }
        if (this._vcpus !== undefined) {
            hasAnyValues = true;
            internalValueResult.vcpus = this._vcpus;
        }
        if (this._version !== undefined) {
            hasAnyValues = true;
            internalValueResult.version = this._version;
        }
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
            this.resolvableValue = undefined;
            this._diskGib = undefined;
            this._memoryMib = undefined;
            this._vcpus = undefined;
            this._version = undefined;
        }
        else if (cdktn.Tokenization.isResolvable(value)) {
            this.isEmptyObject = false;
            this.resolvableValue = value;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
            this.resolvableValue = undefined;
            this._diskGib = value.diskGib;
            this._memoryMib = value.memoryMib;
            this._vcpus = value.vcpus;
            this._version = value.version;
        }
    }
    get diskGib() {
        return this.getNumberAttribute('disk_gib');
    }
    set diskGib(value) {
        this._diskGib = value;
    }
    // Temporarily expose input value. Use with caution.
    get diskGibInput() {
        return this._diskGib;
    }
    get memoryMib() {
        return this.getNumberAttribute('memory_mib');
    }
    set memoryMib(value) {
        this._memoryMib = value;
    }
    // Temporarily expose input value. Use with caution.
    get memoryMibInput() {
        return this._memoryMib;
    }
    get vcpus() {
        return this.getNumberAttribute('vcpus');
    }
    set vcpus(value) {
        this._vcpus = value;
    }
    // Temporarily expose input value. Use with caution.
    get vcpusInput() {
        return this._vcpus;
    }
    get version() {
        return this.getStringAttribute('version');
    }
    set version(value) {
        this._version = value;
    }
    // Temporarily expose input value. Use with caution.
    get versionInput() {
        return this._version;
    }
}
exports.ClusterMembersOutputReference = ClusterMembersOutputReference;
class ClusterMembersMap extends cdktn.ComplexMap {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    */
    constructor(terraformResource, terraformAttribute) {
        super(terraformResource, terraformAttribute);
    }
    /**
    * @param key the key of the item to return
    */
    get(key) {
        return new ClusterMembersOutputReference(this.terraformResource, this.terraformAttribute, key);
    }
}
exports.ClusterMembersMap = ClusterMembersMap;
function clusterPlacementsToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {};
}
function clusterPlacementsToHclTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    const attrs = {};
    return attrs;
}
class ClusterPlacementsOutputReference extends cdktn.ComplexObject {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param complexObjectKey the key of this item in the map
    */
    constructor(terraformResource, terraformAttribute, complexObjectKey) {
        super(terraformResource, terraformAttribute, false, complexObjectKey);
        this.isEmptyObject = false;
    }
    get internalValue() {
        let hasAnyValues = this.isEmptyObject;
        const internalValueResult = {};
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
        }
    }
    // alternatives - computed: true, optional: false, required: false
    get alternatives() {
        return this.getListAttribute('alternatives');
    }
    // domain - computed: true, optional: false, required: false
    get domain() {
        return this.getStringAttribute('domain');
    }
    // domain_type - computed: true, optional: false, required: false
    get domainType() {
        return this.getStringAttribute('domain_type');
    }
    // estimated_seconds - computed: true, optional: false, required: false
    get estimatedSeconds() {
        return this.getNumberAttribute('estimated_seconds');
    }
    // missing_bytes - computed: true, optional: false, required: false
    get missingBytes() {
        return this.getNumberAttribute('missing_bytes');
    }
    // node - computed: true, optional: false, required: false
    get nodeAttribute() {
        return this.getStringAttribute('node');
    }
    // reason - computed: true, optional: false, required: false
    get reason() {
        return this.getStringAttribute('reason');
    }
    // seed_path - computed: true, optional: false, required: false
    get seedPath() {
        return this.getStringAttribute('seed_path');
    }
    // volume_path - computed: true, optional: false, required: false
    get volumePath() {
        return this.getStringAttribute('volume_path');
    }
}
exports.ClusterPlacementsOutputReference = ClusterPlacementsOutputReference;
class ClusterPlacementsMap extends cdktn.ComplexMap {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    */
    constructor(terraformResource, terraformAttribute) {
        super(terraformResource, terraformAttribute);
    }
    /**
    * @param key the key of the item to return
    */
    get(key) {
        return new ClusterPlacementsOutputReference(this.terraformResource, this.terraformAttribute, key);
    }
}
exports.ClusterPlacementsMap = ClusterPlacementsMap;
function clusterTimeoutsToTerraform(struct) {
    if (!cdktn.canInspect(struct) || cdktn.Tokenization.isResolvable(struct)) {
        return struct;
    }
    if (cdktn.isComplexElement(struct)) {
        throw new Error("A complex element was used as configuration, this is not supported: https://cdktn.io/docs/concepts/resources#references");
    }
    return {
        create: cdktn.stringToTerraform(struct.create),
        delete: cdktn.stringToTerraform(struct.delete),
        read: cdktn.stringToTerraform(struct.read),
        update: cdktn.stringToTerraform(struct.update),
    };
}
function clusterTimeoutsToHclTerraform(struct) {
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
        delete: {
            value: cdktn.stringToHclTerraform(struct.delete),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        read: {
            value: cdktn.stringToHclTerraform(struct.read),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        update: {
            value: cdktn.stringToHclTerraform(struct.update),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
    // remove undefined attributes
    return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
}
class ClusterTimeoutsOutputReference extends cdktn.ComplexObject {
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
        if (this._delete !== undefined) {
            hasAnyValues = true;
            internalValueResult.delete = this._delete;
        }
        if (this._read !== undefined) {
            hasAnyValues = true;
            internalValueResult.read = this._read;
        }
        if (this._update !== undefined) {
            hasAnyValues = true;
            internalValueResult.update = this._update;
        }
        return hasAnyValues ? internalValueResult : undefined;
    }
    set internalValue(value) {
        if (value === undefined) {
            this.isEmptyObject = false;
            this.resolvableValue = undefined;
            this._create = undefined;
            this._delete = undefined;
            this._read = undefined;
            this._update = undefined;
        }
        else if (cdktn.Tokenization.isResolvable(value)) {
            this.isEmptyObject = false;
            this.resolvableValue = value;
        }
        else {
            this.isEmptyObject = Object.keys(value).length === 0;
            this.resolvableValue = undefined;
            this._create = value.create;
            this._delete = value.delete;
            this._read = value.read;
            this._update = value.update;
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
    get delete() {
        return this.getStringAttribute('delete');
    }
    set delete(value) {
        this._delete = value;
    }
    resetDelete() {
        this._delete = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get deleteInput() {
        return this._delete;
    }
    get read() {
        return this.getStringAttribute('read');
    }
    set read(value) {
        this._read = value;
    }
    resetRead() {
        this._read = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get readInput() {
        return this._read;
    }
    get update() {
        return this.getStringAttribute('update');
    }
    set update(value) {
        this._update = value;
    }
    resetUpdate() {
        this._update = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get updateInput() {
        return this._update;
    }
}
exports.ClusterTimeoutsOutputReference = ClusterTimeoutsOutputReference;
/**
* Represents a dvce_cluster
*/
class Cluster extends cdktn.TerraformResource {
    // =================
    // STATIC PROPERTIES
    // =================
    static { this.tfResourceType = "dvce_cluster"; }
    // ==============
    // STATIC Methods
    // ==============
    /**
    * Generates CDKTN code for importing a Cluster resource upon running "cdktn plan <stack-name>"
    * @param scope The scope in which to define this construct
    * @param importToId The construct id used in the generated config for the Cluster to import
    * @param importFromId The id of the existing Cluster that should be imported. Refer to the import section in the documentation of this resource for the id to use
    * @param provider? Optional instance of the provider where the Cluster to import is found
    */
    static generateConfigForImport(scope, importToId, importFromId, provider) {
        return new cdktn.ImportableResource(scope, importToId, { terraformResourceType: "dvce_cluster", importId: importFromId, provider });
    }
    // ===========
    // INITIALIZER
    // ===========
    /**
    * Create a new dvce_cluster Resource
    *
    * @param scope The scope in which to define this construct
    * @param id The scoped construct ID. Must be unique amongst siblings in the same scope
    * @param options ClusterConfig
    */
    constructor(scope, id, config) {
        super(scope, id, {
            terraformResourceType: 'dvce_cluster',
            terraformGeneratorMetadata: {
                providerName: 'dvce',
                providerVersionConstraint: '0.1.0'
            },
            provider: config.provider,
            dependsOn: config.dependsOn,
            count: config.count,
            lifecycle: config.lifecycle,
            provisioners: config.provisioners,
            connection: config.connection,
            forEach: config.forEach
        });
        // members - computed: false, optional: false, required: true
        this._members = new ClusterMembersMap(this, "members");
        // placements - computed: true, optional: false, required: false
        this._placements = new ClusterPlacementsMap(this, "placements");
        // timeouts - computed: false, optional: true, required: false
        this._timeouts = new ClusterTimeoutsOutputReference(this, "timeouts");
        this._antiAffinity = config.antiAffinity;
        this._architecture = config.architecture;
        this._deletionProtection = config.deletionProtection;
        this._maxSkew = config.maxSkew;
        this._members.internalValue = config.members;
        this._name = config.name;
        this._nodeSelector = config.nodeSelector;
        this._onMove = config.onMove;
        this._rebalance = config.rebalance;
        this._timeouts.internalValue = config.timeouts;
    }
    get antiAffinity() {
        return this.getBooleanAttribute('anti_affinity');
    }
    set antiAffinity(value) {
        this._antiAffinity = value;
    }
    resetAntiAffinity() {
        this._antiAffinity = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get antiAffinityInput() {
        return this._antiAffinity;
    }
    get architecture() {
        return this.getStringAttribute('architecture');
    }
    set architecture(value) {
        this._architecture = value;
    }
    resetArchitecture() {
        this._architecture = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get architectureInput() {
        return this._architecture;
    }
    get deletionProtection() {
        return this.getBooleanAttribute('deletion_protection');
    }
    set deletionProtection(value) {
        this._deletionProtection = value;
    }
    resetDeletionProtection() {
        this._deletionProtection = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get deletionProtectionInput() {
        return this._deletionProtection;
    }
    // id - computed: true, optional: false, required: false
    get id() {
        return this.getStringAttribute('id');
    }
    get maxSkew() {
        return this.getNumberMapAttribute('max_skew');
    }
    set maxSkew(value) {
        this._maxSkew = value;
    }
    resetMaxSkew() {
        this._maxSkew = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get maxSkewInput() {
        return this._maxSkew;
    }
    get members() {
        return this._members;
    }
    putMembers(value) {
        this._members.internalValue = value;
    }
    // Temporarily expose input value. Use with caution.
    get membersInput() {
        return this._members.internalValue;
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
    get nodeSelector() {
        return this.getStringMapAttribute('node_selector');
    }
    set nodeSelector(value) {
        this._nodeSelector = value;
    }
    resetNodeSelector() {
        this._nodeSelector = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get nodeSelectorInput() {
        return this._nodeSelector;
    }
    get onMove() {
        return this.getStringAttribute('on_move');
    }
    set onMove(value) {
        this._onMove = value;
    }
    resetOnMove() {
        this._onMove = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get onMoveInput() {
        return this._onMove;
    }
    get placements() {
        return this._placements;
    }
    get rebalance() {
        return this.getStringAttribute('rebalance');
    }
    set rebalance(value) {
        this._rebalance = value;
    }
    resetRebalance() {
        this._rebalance = undefined;
    }
    // Temporarily expose input value. Use with caution.
    get rebalanceInput() {
        return this._rebalance;
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
    // =========
    // SYNTHESIS
    // =========
    synthesizeAttributes() {
        return {
            anti_affinity: cdktn.booleanToTerraform(this._antiAffinity),
            architecture: cdktn.stringToTerraform(this._architecture),
            deletion_protection: cdktn.booleanToTerraform(this._deletionProtection),
            max_skew: cdktn.hashMapper(cdktn.numberToTerraform)(this._maxSkew),
            members: cdktn.hashMapper(clusterMembersToTerraform)(this._members.internalValue),
            name: cdktn.stringToTerraform(this._name),
            node_selector: cdktn.hashMapper(cdktn.stringToTerraform)(this._nodeSelector),
            on_move: cdktn.stringToTerraform(this._onMove),
            rebalance: cdktn.stringToTerraform(this._rebalance),
            timeouts: clusterTimeoutsToTerraform(this._timeouts.internalValue),
        };
    }
    synthesizeHclAttributes() {
        const attrs = {
            anti_affinity: {
                value: cdktn.booleanToHclTerraform(this._antiAffinity),
                isBlock: false,
                type: "simple",
                storageClassType: "boolean",
            },
            architecture: {
                value: cdktn.stringToHclTerraform(this._architecture),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            deletion_protection: {
                value: cdktn.booleanToHclTerraform(this._deletionProtection),
                isBlock: false,
                type: "simple",
                storageClassType: "boolean",
            },
            max_skew: {
                value: cdktn.hashMapperHcl(cdktn.numberToHclTerraform)(this._maxSkew),
                isBlock: false,
                type: "map",
                storageClassType: "numberMap",
            },
            members: {
                value: cdktn.hashMapperHcl(clusterMembersToHclTerraform)(this._members.internalValue),
                isBlock: true,
                type: "map",
                storageClassType: "ClusterMembersMap",
            },
            name: {
                value: cdktn.stringToHclTerraform(this._name),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            node_selector: {
                value: cdktn.hashMapperHcl(cdktn.stringToHclTerraform)(this._nodeSelector),
                isBlock: false,
                type: "map",
                storageClassType: "stringMap",
            },
            on_move: {
                value: cdktn.stringToHclTerraform(this._onMove),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            rebalance: {
                value: cdktn.stringToHclTerraform(this._rebalance),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            timeouts: {
                value: clusterTimeoutsToHclTerraform(this._timeouts.internalValue),
                isBlock: true,
                type: "struct",
                storageClassType: "ClusterTimeouts",
            },
        };
        // remove undefined attributes
        return Object.fromEntries(Object.entries(attrs).filter(([_, value]) => value !== undefined && value.value !== undefined));
    }
}
exports.Cluster = Cluster;
