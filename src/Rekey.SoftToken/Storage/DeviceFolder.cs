using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rekey.SoftToken.Sessions;

namespace Rekey.SoftToken.Storage;

/// <summary>A device: a folder, whose name is the device's. An empty one becomes a device on first use.</summary>
internal sealed class DeviceFolder
{
    /// <summary>The authentication key of a new device, the one that development kits come with.</summary>
    private static readonly byte[] FirstAuthKey = [.. "1234567812345678"u8];

    /// <summary>Wrong tries of the authentication key in a row.</summary>
    public const int AuthTries = 10;

    private static readonly Dictionary<string, DeviceFolder> Known = [];

    private readonly string path;

    private DeviceFolder(string path)
    {
        this.path = path;
        Gate = new(Path.Combine(path, "lock"));
    }

    public string Name => Path.GetFileName(path);

    public Gate Gate { get; }

    public string CallsFile => Path.Combine(path, "calls");

    public string CountFile => Path.Combine(path, "count");

    private string StateFile => Path.Combine(path, "state.json");

    private string KeyFile => Path.Combine(path, "device.key");

    private static string Root => Environment.GetEnvironmentVariable("REKEY_SOFTTOKEN_DIR")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "rekey", "softtoken");

    /// <summary>The interface's variant that the directory asks for, read once: programs are compiled for one.</summary>
    public static Abi.Variant Variant { get; } = Abi.Variant.Parse(ReadIfThere(Path.Combine(Root, "abi")));

    /// <summary>All devices, plugged in or not, by name.</summary>
    public static IReadOnlyList<DeviceFolder> All() => Directory.Exists(Root)
        ? [.. Directory.EnumerateDirectories(Root).Order(StringComparer.Ordinal).Select(At)]
        : [];

    /// <summary>A device by its name, or null.</summary>
    public static DeviceFolder? Find(string name) =>
        name.AsSpan().IndexOfAny('/', '\0') < 0 && name is not ("." or "..") && Directory.Exists(Path.Combine(Root, name)) ? At(Path.Combine(Root, name)) : null;

    public Control ReadControl() => Control.Parse(ReadIfThere(Path.Combine(path, "control")));

    /// <summary>What is stored; a new device is set up first. Only inside the gate.</summary>
    public DeviceState Load(byte[] deviceKey)
    {
        if (!File.Exists(StateFile))
        {
            Save(new()
            {
                Format = DeviceState.CurrentFormat,
                Serial = Convert.ToHexString(RandomNumberGenerator.GetBytes(8)),
                Label = Name.Length < 32 ? Name : Name[..31],
                AuthKey = SealedBox.Seal(deviceKey, FirstAuthKey),
                AuthTriesLeft = AuthTries,
            });
        }

        using var file = File.OpenRead(StateFile);
        var state = JsonSerializer.Deserialize(file, DeviceJson.Default.DeviceState);
        return state?.Format == DeviceState.CurrentFormat ? state : throw new InvalidDataException("a device of another format");
    }

    /// <summary>The device's own key; made on first use. Only inside the gate.</summary>
    public byte[] LoadKey()
    {
        // A state whose key is lost is not to be taken for a new device's.
        if (!File.Exists(KeyFile) && !File.Exists(StateFile))
        {
            DurableFile.Replace(KeyFile, RandomNumberGenerator.GetBytes(SealedBox.KeySize));
        }

        var key = File.ReadAllBytes(KeyFile);
        return key.Length == SealedBox.KeySize ? key : throw new InvalidDataException("the device's key is damaged");
    }

    public void Save(DeviceState state) => DurableFile.Replace(StateFile, JsonSerializer.SerializeToUtf8Bytes(state, DeviceJson.Default.DeviceState));

    private static DeviceFolder At(string path)
    {
        lock (Known)
        {
            if (!Known.TryGetValue(path, out var folder))
            {
                Known[path] = folder = new(path);
            }

            return folder;
        }
    }

    private static string? ReadIfThere(string file)
    {
        try
        {
            return File.ReadAllText(file, Encoding.UTF8);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
