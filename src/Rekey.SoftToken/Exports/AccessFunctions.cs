using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Sessions;
using Rekey.SoftToken.Storage;

namespace Rekey.SoftToken.Exports;

/// <summary>Access control (GM/T 0016-2012 clause 7.2).</summary>
internal static unsafe class AccessFunctions
{
    /// <summary>Octets of the device's random number; eight zeros follow it in what is encrypted.</summary>
    public const int ChallengeSize = 8;

    [UnmanagedCallersOnly(EntryPoint = "SKF_DevAuth")]
    internal static nuint DevAuth(nuint device, byte* data, nuint length) => Entry.Run<DeviceHandle>("SKF_DevAuth", device, (handle, call) =>
    {
        var given = CallerMemory.Data(data, CallerMemory.Ulong(Entry.Variant, length));
        SarException.ThrowIf(given.Length != Sm4.BlockSize, Sar.InputLength);
        SarException.ThrowIf(call.State.AuthTriesLeft == 0, Sar.DeviceAuthLocked);
        var challenge = handle.Challenge ?? throw new SarException(Sar.NotInitialized);
        handle.Challenge = null; // one answer to each
        var key = SealedBox.Open(call.DeviceKey, call.State.AuthKey) ?? throw new SarException(Sar.FileError);
        var wanted = Sm4.Encrypt(Sm4Mode.Ecb, key, default, [.. challenge, .. new byte[ChallengeSize]], padding: false);
        CryptographicOperations.ZeroMemory(key);
        var right = CryptographicOperations.FixedTimeEquals(wanted, given);
        if (!right || call.State.AuthTriesLeft < DeviceFolder.AuthTries)
        {
            call.State.AuthTriesLeft = right ? DeviceFolder.AuthTries : call.State.AuthTriesLeft - 1;
            call.Commit();
        }

        handle.Authenticated = right;
        SarException.ThrowIf(!right, Sar.Fail);
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ChangeDevAuthKey")]
    internal static nuint ChangeDevAuthKey(nuint device, byte* key, nuint length) => Entry.Run<DeviceHandle>("SKF_ChangeDevAuthKey", device, (handle, call) =>
    {
        DemandAuthentication(handle);
        var given = CallerMemory.Data(key, CallerMemory.Ulong(Entry.Variant, length));
        SarException.ThrowIf(given.Length != Sm4.KeySize, Sar.InputLength);
        call.State.AuthKey = SealedBox.Seal(call.DeviceKey, given);
        call.Commit();
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_GetPINInfo")]
    internal static nuint GetPinInfo(nuint application, nuint type, void* most, void* left, void* isDefault) =>
        Entry.Run<ApplicationHandle>("SKF_GetPINInfo", application, (handle, call) =>
        {
            var pin = Pins.Of(call.Application(handle), CallerMemory.Ulong(Entry.Variant, type));
            CallerMemory.WriteUlong(Entry.Variant, most, (uint)pin.MaxTries);
            CallerMemory.WriteUlong(Entry.Variant, left, (uint)pin.TriesLeft);
            CallerMemory.WriteBool(isDefault, pin.IsDefault);
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_VerifyPIN")]
    internal static nuint VerifyPin(nuint application, nuint type, byte* pin, void* tries) =>
        Entry.Run<ApplicationHandle>("SKF_VerifyPIN", application, (handle, call) =>
        {
            var kind = CallerMemory.Ulong(Entry.Variant, type);
            var state = Pins.Of(call.Application(handle), kind);
            var before = state.TriesLeft;
            LogOut(handle, kind);
            var key = Pins.Verify(call, state, CallerMemory.Octets(pin), Tell(tries));
            if (before != state.TriesLeft)
            {
                call.Commit();
            }

            LogIn(handle, kind, key);
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ChangePIN")]
    internal static nuint ChangePin(nuint application, nuint type, byte* old, byte* next, void* tries) =>
        Entry.Run<ApplicationHandle>("SKF_ChangePIN", application, (handle, call) =>
        {
            var (state, kind) = (call.Application(handle), CallerMemory.Ulong(Entry.Variant, type));
            var pin = Pins.Of(state, kind);
            Replace(call, state, kind, Pins.Verify(call, pin, CallerMemory.Octets(old), Tell(tries)), next);
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_UnblockPIN")]
    internal static nuint UnblockPin(nuint application, byte* adminPin, byte* next, void* tries) =>
        Entry.Run<ApplicationHandle>("SKF_UnblockPIN", application, (handle, call) =>
        {
            var state = call.Application(handle);
            Replace(call, state, Sgd.UserPin, Pins.Verify(call, state.AdminPin, CallerMemory.Octets(adminPin), Tell(tries)), next);
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ClearSecureState")]
    internal static nuint ClearSecureState(nuint application) => Entry.Run<ApplicationHandle>("SKF_ClearSecureState", application, (handle, call) =>
    {
        call.Application(handle);
        if (handle.Device.Logins.Remove(handle.Id, out var login))
        {
            login.Dispose();
        }
    });

    public static void DemandAuthentication(DeviceHandle device) => SarException.ThrowIf(!device.Authenticated, Sar.SecurityStateInvalid);

    private static Action<uint> Tell(void* tries)
    {
        SarException.ThrowIf(tries == null, Sar.InvalidParameter);
        return left => CallerMemory.WriteUlong(Entry.Variant, tries, left);
    }

    private static void Replace(Call call, ApplicationState application, uint kind, byte[] applicationKey, byte* next)
    {
        try
        {
            var tries = Pins.Of(application, kind).MaxTries;
            var pin = Pins.Create(CallerMemory.Octets(next), applicationKey, call.DeviceKey, tries, isDefault: false);
            if (kind == Sgd.AdminPin)
            {
                application.AdminPin = pin;
            }
            else
            {
                application.UserPin = pin;
            }

            call.Commit();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(applicationKey);
        }
    }

    private static void LogIn(ApplicationHandle handle, uint kind, byte[] key)
    {
        var logins = handle.Device.Logins;
        if (!logins.TryGetValue(handle.Id, out var login))
        {
            logins[handle.Id] = login = new Login(key);
        }
        else
        {
            CryptographicOperations.ZeroMemory(key);
        }

        login.User |= kind == Sgd.UserPin;
        login.Admin |= kind == Sgd.AdminPin;
    }

    private static void LogOut(ApplicationHandle handle, uint kind)
    {
        if (handle.Device.Logins.TryGetValue(handle.Id, out var login))
        {
            login.User &= kind != Sgd.UserPin;
            login.Admin &= kind != Sgd.AdminPin;
        }
    }
}
