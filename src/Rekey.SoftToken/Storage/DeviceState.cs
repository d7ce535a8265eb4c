using System.Text.Json.Serialization;

namespace Rekey.SoftToken.Storage;

/// <summary>Everything that a device keeps. One call changes it and stores it whole, so a call happened or it did not.</summary>
internal sealed class DeviceState
{
    /// <summary>The form that this build writes; another is refused.</summary>
    public const int CurrentFormat = 1;

    public required int Format { get; init; }

    public required string Serial { get; init; }

    public required string Label { get; set; }

    /// <summary>The device's authentication key, under <see cref="SealedBox"/> with the device's own key.</summary>
    public required byte[] AuthKey { get; set; }

    public required int AuthTriesLeft { get; set; }

    public List<ApplicationState> Applications { get; init; } = [];
}

internal sealed class ApplicationState
{
    public required string Name { get; init; }

    /// <summary>Tells an application from a later one of the same name, to which no open handle leads.</summary>
    public required string Id { get; init; }

    public required uint CreateFileRights { get; init; }

    public required PinState AdminPin { get; set; }

    public required PinState UserPin { get; set; }

    public List<FileState> Files { get; init; } = [];

    public List<ContainerState> Containers { get; init; } = [];
}

/// <summary>A PIN: the application's key, which opens its private keys, under a key that only PIN and device together give.</summary>
internal sealed class PinState
{
    public required byte[] Salt { get; init; }

    public required byte[] SealedKey { get; init; }

    public required int MaxTries { get; init; }

    public required int TriesLeft { get; set; }

    /// <summary>As it was set when the application was created.</summary>
    public required bool IsDefault { get; init; }
}

internal sealed class FileState
{
    public required string Name { get; init; }

    public required uint ReadRights { get; init; }

    public required uint WriteRights { get; init; }

    /// <summary>As long as the file was created; zeros where nothing was written.</summary>
    public required byte[] Content { get; init; }
}

internal sealed class ContainerState
{
    public required string Name { get; init; }

    public PairState? Signing { get; set; }

    public PairState? Encryption { get; set; }

    public byte[]? SigningCertificate { get; set; }

    public byte[]? EncryptionCertificate { get; set; }

    [JsonIgnore]
    public IEnumerable<PairState> Pairs => new[] { Signing, Encryption }.OfType<PairState>();
}

internal sealed class PairState
{
    public required bool IsSm2 { get; init; }

    /// <summary>DER SubjectPublicKeyInfo.</summary>
    public required byte[] PublicKey { get; init; }

    /// <summary>DER PKCS#8 under the application's key.</summary>
    public required byte[] SealedPrivateKey { get; init; }
}

// Null is left out: the generated writer makes an empty text of an array that is null.
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(DeviceState))]
internal sealed partial class DeviceJson : JsonSerializerContext;
