namespace Rekey.Tokens.Skf;

/// <summary>An SKF library. Each application of a device is a token; a device without one shows as a token that is not formatted.</summary>
public sealed class SkfModule : ITokenModule
{
    private readonly SkfLibrary library;
    private readonly SkfProfile profile;

    /// <summary>Loads a library.</summary>
    /// <param name="path">Path of the vendor's library.</param>
    /// <exception cref="TokenException">It cannot be loaded, or the profile in <c>REKEY_SKF_PROFILE</c> is none.</exception>
    public SkfModule(string path)
    {
        Name = Path.GetFileName(path);
        profile = SkfProfile.Parse(Environment.GetEnvironmentVariable(SkfProfile.Variable) ?? SkfVendors.ProfileOf(path));
        library = SkfLibrary.Load(path);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Whether a library offers this interface rather than PKCS#11.</summary>
    /// <exception cref="TokenException">It cannot be loaded.</exception>
    public static bool Serves(string path) => SkfLibrary.Is(path);

    /// <inheritdoc/>
    public IReadOnlyList<TokenInfo> ListTokens()
    {
        var found = new List<TokenInfo>();
        foreach (var name in DeviceNames())
        {
            try
            {
                using var device = SkfDevice.Connect(library, profile, name);
                var applications = Applications(device);
                found.AddRange(applications.Count == 0 ? [Unformatted(device)] : applications.Select(a => Describe(device, a)));
            }
            catch (TokenException)
            {
                // A device that is pulled out meanwhile, or of an interface that is not known, hides no other token.
            }
        }

        return found;
    }

    /// <inheritdoc/>
    public IToken Open(TokenIdentity identity)
    {
        foreach (var name in DeviceNames())
        {
            if (TryOpen(name, identity) is { } token)
            {
                return token;
            }
        }

        throw new TokenException(TokenFault.Removed, "SKF_EnumDev: not present");
    }

    /// <inheritdoc/>
    public void Dispose() => library.Dispose();

    internal static TokenIdentity IdentityOf(SkfDevice device, string application) => new("skf", device.Info.Manufacturer, application, device.Info.SerialNumber);

    private TokenInfo Unformatted(SkfDevice device) => new(
        IdentityOf(device, ""), device.Info.Label, PinTries.Plenty, null, WriteProtected: false, PinPad: false, Formatted: false, device.Info.FreeSpace, device.Info.Generates, device.Info.Imports(library));

    private SkfToken? TryOpen(string name, TokenIdentity identity)
    {
        SkfDevice? device = null;
        try
        {
            device = SkfDevice.Connect(library, profile, name);
            if (device.Info.SerialNumber != identity.SerialNumber || !Applications(device).Any(a => IdentityOf(device, a) == identity))
            {
                device.Dispose();
                return null;
            }

            var application = library.Open("SKF_OpenApplication", device.Handle, identity.Model);
            return new SkfToken(library, profile, device, application, identity);
        }
        catch (TokenException e) when (e.Fault is TokenFault.Removed or TokenFault.NotSupported)
        {
            device?.Dispose();
            return null; // gone meanwhile, or another that cannot be talked to
        }
        catch (TokenException)
        {
            device?.Dispose();
            throw;
        }
    }

    private IReadOnlyList<string> DeviceNames()
    {
        const nuint OnlyPresent = 1;
        return library.List("SKF_EnumDev", OnlyPresent);
    }

    private IReadOnlyList<string> Applications(SkfDevice device) =>
        [.. library.List("SKF_EnumApplication", device.Handle).Where(a => profile.Application is null || a == profile.Application)];

    private TokenInfo Describe(SkfDevice device, string application)
    {
        var handle = library.Open("SKF_OpenApplication", device.Handle, application);
        try
        {
            return SkfPin.Describe(library, profile, device.Info, handle, IdentityOf(device, application));
        }
        finally
        {
            library.CloseQuietly("SKF_CloseApplication", handle);
        }
    }
}
